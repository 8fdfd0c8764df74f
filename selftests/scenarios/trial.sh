#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# boot: --mem 1536 --copy "$build/guest/klpd:/usr/sbin/klpd" --copy "$build/guest/klp-hub" --copy "$build/guest/klp-admin" --copy "$build/built/$kernel/klp_sample.ko"
#
# The README's trial, as it is typed there: hub, klp-admin and klpd on one machine. (klp-build
# --sample was run on the host.)

. "$(dirname "$0")/lib.sh"
install_agent
cd /root || exit 1

klp-hub trial /tmp/hub 2>/tmp/hub.log &
background+=($!)
export KLP_ADMIN_FOLDER=/tmp/hub/admin
until_true grep -q 'klp-admin token create' /tmp/hub.log
grep -q "whoever reads '/tmp/hub' can put code into each machine that attaches" /tmp/hub.log || fail "$(cat /tmp/hub.log)"

run 1 klp-admin patch publish klp_sample.ko --untested
says "no terminal is there to answer 'sign this? [y/N] '"
run 0 klp-admin patch publish klp_sample.ko --untested --yes
says "next: klp-admin patch promote 1 edge"
run 0 klp-admin patch promote 1 stable
run 0 klp-admin token create
run 0 klp attach "$out"
says "OK: patch 1 is active; nothing newer for this machine"
grep -q ' klp_sample$' /proc/cmdline || fail "/proc/cmdline is $(cat /proc/cmdline)"
run 0 klp status
says "OK: patch 1 is active" "klp_sample: active" "redirected     vmlinux cmdline_proc_show"
run 0 klp-admin machine list
says "ok (patch 1 is active; nothing newer for this machine)"

run 0 klp disable --unload
run 3 klp status
says "OFF: disabled by root" "no livepatch is loaded"
! grep -q klp_sample /proc/cmdline || fail "klp_sample is still active"
run 0 klp detach
run 0 klp status
says "not attached: sudo klp attach TOKEN"

# A token in the file attaches at the start of klpd.
run 0 klp-admin token create
(umask 077 && echo "$out" >/etc/klp/token)
klpd 2>/tmp/klpd.log &
background+=($!)
until_true test ! -e /etc/klp/token
run 0 klp enable
says "OK: patch 1 is active"
grep -q ' klp_sample$' /proc/cmdline || fail "/proc/cmdline is $(cat /proc/cmdline)"
