#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --module pktgen --copy "$build/built/$kernel:/root/built"
# Fixes of the kinds that kpatch's own suite has, with the macros of kpatch-build and of the
# kernel's own klp-build: each is built as it is, loaded, seen to work and unloaded.
. "$(dirname "$0")/lib.sh"

# logged_by_fix TEXT...: lines that the fix logged since the scenario began, in this order.
logged_by_fix()
{
	local found
	found=$(log_since_marker | sed -nE 's/^\[[^]]*\] pktgen: klp: //p')
	[[ $found == "$(printf '%s\n' "$@")" ]] || fail "the log says: $found; instead of: $*"
}

load()
{
	run 0 klp-load --json "built/klp_$1.ko"
	json '.result' applied
}

# Callbacks, printk and types of a module.
original=$(cat /proc/net/pktgen/pgctrl)
load kpatch_macros
[[ $(cat /proc/net/pktgen/pgctrl) == "as kpatch: $original" ]] || fail "kpatch_macros is not active"
run 0 klp unload klp_kpatch_macros
logged_by_fix 'pre_patch of pktgen' 'post_patch of pktgen' 'shown to cat' 'pre_unpatch of pktgen' \
	'post_unpatch of pktgen'
[[ $(cat /proc/net/pktgen/pgctrl) == "$original" ]] || fail "kpatch_macros is not gone"

# System calls.
host=$(hostname)
load kpatch_syscall
[[ $(uname -s) == Linux.klp ]] || fail "uname says '$(uname -s)'"
hostname guest || fail "sethostname fails"
[[ $(cat /proc/sys/kernel/hostname) == gues9 ]] || fail "the host is '$(cat /proc/sys/kernel/hostname)'"
run 0 klp unload klp_kpatch_syscall
[[ $(uname -s) == Linux ]] || fail "uname says '$(uname -s)' when the patch is gone"
hostname "$host"

# A shadow variable, one for each task, and none when the patch comes again.
for round in 1 2; do
	load kpatch_shadow
	found=$(cat /proc/uptime /proc/uptime | sed -n 's/^asked //p')
	[[ $found == $'1 times\n2 times' ]] || fail "round $round: a task that asks twice has asked $found"
	run 0 klp unload klp_kpatch_shadow
done
log_since_marker | grep -c 'klp: forgotten' | grep -qx 2 || fail "the callback was not called twice"

# New data.
load kpatch_data
[[ $(cat /proc/loadavg) == '42 200 none '* && $(cat /proc/loadavg) == '44 300 four '* ]] ||
	fail "loadavg says '$(cat /proc/loadavg)'"
run 0 klp unload klp_kpatch_data
[[ $(cat /proc/loadavg) =~ ^[0-9]+\.[0-9]+\  ]] || fail "loadavg says '$(cat /proc/loadavg)'"

# A static variable that stays the kernel's.
load kpatch_local
cat /proc/uptime >/dev/null
log_since_marker | grep -c 'klp: a file is opened' | grep -qx 1 || fail "a file is opened, and it is not said once"
run 0 klp unload klp_kpatch_local
no_livepatch
