#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --module pktgen --copy "$build/built/$kernel:/root/built"
# klp-build's patch of a fix in a module: new functions and variables work. The kernel's own
# check keeps the patch while a task sleeps in any of its code, be it a cold part or a
# function that a replacement jumped to.
. "$(dirname "$0")/lib.sh"

shows()
{
	[[ $(cat /proc/net/pktgen/pgctrl) == "$1" ]] || fail "pgctrl shows '$(cat /proc/net/pktgen/pgctrl)'"
}

# sleeper NAME TEXT: a reader of that name, asleep in the new code.
sleeper()
{
	cp "$(type -P busybox)" "/tmp/$1"
	(exec -a cat "/tmp/$1" /proc/net/pktgen/pgctrl) >/dev/null &
	sleeper=$!
	background+=("$sleeper")
	until_true grep -q "$2" "/proc/$sleeper/stack"
}

original=$(cat /proc/net/pktgen/pgctrl)
run 0 klp-load --json built/klp_module.ko
json '.result' applied
shows 'patched, call 1 of Packet'
shows 'patched, call 2 of Packet'
log_since_marker | grep -c 'klp: said once' | grep -qx 1 || fail "pr_info_once did not speak once"

for name in sleep_cold sleep_tail; do
	sleeper $name pgctrl_show
	echo 0 >/sys/kernel/livepatch/klp_module/enabled
	run 3 klp status --json
	json '.patches[0].phase' unpatching
	json ".patches[0].blockers | map(.tid) | index($sleeper) != null" true
	kill $sleeper
	wait $sleeper 2>/dev/null
	until_true test ! -e /sys/kernel/livepatch/klp_module
	run 0 klp unload klp_module
	shows "$original"
	run 0 klp-load --json built/klp_module.ko
	json '.result' applied
done

if [[ $release == 6.1.* ]]; then
	rmmod pktgen 2>/dev/null && fail "a pinned target can be unloaded"
fi
run 0 klp unload klp_module
rmmod pktgen || fail "the target cannot be unloaded"
no_livepatch
