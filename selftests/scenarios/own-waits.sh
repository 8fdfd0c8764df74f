#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --copy "$build/built/$kernel:/root/built"
# A patch to do_sys_poll(), in which klp itself waits: no wait of klp's own is so long that it
# holds the patch up, neither the loader's for the transition nor another klp's for the lock.
# The guest's own relays of output hold the patch up until they are signalled.
. "$(dirname "$0")/lib.sh"

insmod klp_runtime.ko || fail "klp_runtime does not load"
run 3 klp-load --json --no-runtime --timeout 8 --on-timeout keep built/klp_poll.ko
json '[.blockers[].comm] | unique | join(" ")' init
run 0 klp-load --json --urgency now built/klp_poll.ko
run 0 klp unload --urgency now klp_poll

mkfifo /tmp/hold
flock /run/klp/lock cat /tmp/hold &
holder=$!
until_true eval '! flock -n /run/klp/lock true'
klp-load --json $modules/klprt_test_replace_a.ko >/tmp/waiting &
waiting=$!
until_true grep -q do_sys_poll /proc/$waiting/stack
echo "$marker, again" >/dev/kmsg
insmod built/klp_poll.ko || fail "klp_poll does not load"
until_true eval '[[ $(cat /proc/$waiting/patch_state) == 1 ]]'
dmesg | sed -n "/$marker, again/,\$p" | grep -q 'signaling remaining tasks' && fail "only signals moved it"
kill -TERM $waiting
wait $waiting && fail "it loaded without the lock"
echo >/tmp/hold
wait $holder
run 0 klp unload --urgency now klp_poll
