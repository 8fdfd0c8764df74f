#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The events of a transition come, whichever process causes them. The stock transition file
# can be polled. A late reader learns how many events are missing.
. "$(dirname "$0")/lib.sh"

enabled=/sys/kernel/livepatch/klprt_test_sleep/enabled
kinds()
{
	awk '{print $1, $3}' "$1" | uniq
}

# held_up COMMAND...: runs COMMAND, which loads the patch, and holds the transition up in both
# directions: one task sleeps in the old function, another, of a shell that has switched
# already, in the new one.
held_up()
{
	sleep_in sleep klprt_target_sleep
	"$@" >/tmp/events &
	follower=$!
	until_true grep -q '^pass' /tmp/events
	sleep_in sleep patched_sleep
}

load_runtime
load_target
held_up client follow klprt_test_sleep - insmod $modules/klprt_test_sleep.ko
[[ $(client status) == 'patching '[1-9]*' klprt_test_sleep' ]] || fail "status: $(client status)"
echo 0 >$enabled
echo 1 >$enabled
client poll /sys/kernel/livepatch/klprt_test_sleep/transition \
	sh -c 'echo >/proc/klprt_test/wake' >/tmp/polled || fail "poll(2) of transition failed"
[[ $(tail -n 1 /tmp/polled) == 0 ]] || fail "transition is not over: $(cat /tmp/polled)"
wait $follower
# Passes may or may not come between the reversals.
[[ $(kinds /tmp/events | grep -v '^pass ') == 'start patching
reverse unpatching
reverse patching
complete patched' ]] || fail "events: $(cat /tmp/events)"
[[ $(client status) == 'idle 0 ' ]] || fail "status: $(client status)"

echo 0 >$enabled
until_true test ! -e $enabled
until_true rmmod klprt_test_sleep

# Nobody reads: 160 reversals leave 128 events, passes among them, and the rest is counted.
# Then the transition is forced; a pass has to find that out.
held_up client follow klprt_test_sleep normal insmod $modules/klprt_test_sleep.ko
client lag $enabled 160 >/tmp/lagged || fail "160 reversals failed"
awk '/^lost/ && NR == 129 && $2 >= 32 {found = 1} END {exit !found}' /tmp/lagged ||
	fail "what was lost: $(sed 128,+1p /tmp/lagged)"
echo 1 >/sys/kernel/livepatch/klprt_test_sleep/force
wait $follower
[[ $(kinds /tmp/events | tail -n 2) == 'force patching
complete patched' ]] || fail "events: $(kinds /tmp/events | tail -n 5)"
