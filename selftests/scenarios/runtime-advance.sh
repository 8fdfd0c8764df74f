#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# klp_runtime advances a transition at once after a pass that failed, and often, but takes no
# more than a twentieth of the time. It also advances a transition for a request from before
# the patch was there. A transition without a request is the kernel's own.
. "$(dirname "$0")/lib.sh"

disable="echo 0 >/sys/kernel/livepatch"
load_runtime
load_target
run 0 klp status --json
json '.leftovers | length' 0

# Nobody wants it: each pass is the kernel's, at least 0.75 s after the last.
sleep_in sleep klprt_target_sleep
client follow klprt_test_sleep - insmod $modules/klprt_test_sleep.ko >/tmp/events &
follower=$!
until_true grep -q '^pass 3 ' /tmp/events
wake
wait $follower
awk '/^(pass|complete)/ { if (last && $5 - last < 700000000) exit 1; last = $5 }' \
	<(grep '^pass' /tmp/events) || fail "a pass that nobody asked for: $(cat /tmp/events)"
run 0 client follow klprt_test_sleep normal sh -c "$disable/klprt_test_sleep/enabled"
rmmod klprt_test_sleep

# Armed before the patch is loaded. More passes than seconds, plus the first and one
# for the turn of a second, are not the kernel's.
sleep_in sleep klprt_target_sleep
client follow klprt_test_sleep normal insmod $modules/klprt_test_sleep.ko >/tmp/events &
follower=$!
many_passes()
{
	awk '/^start/ { start = $5 } /^pass/ && $2 > ($5 - start) / 1e9 + 4 { found = 1 }
		END { exit !found }' /tmp/events
}
until_true many_passes
client pester klprt_test_sleep || fail "two hundred requests failed"
wake
wait $follower
grep -q '^complete [0-9]* patched ' /tmp/events || fail "no end: $(cat /tmp/events)"
# A pass ends at $5 and took $4. From the second pass on the next one begins nineteen times
# that later, unless it is the kernel's.
awk '/^pass/ {
	pause = $5 - $4 - ended
	if (++passes > 2 && pause < 19 * took && pause < 700000000) exit 1
	ended = $5; took = $4
}' /tmp/events || fail "passes take more than 5 % of the time: $(cat /tmp/events)"

# One wait, by the ioctl; the unload in the same manner.
run 0 client wait klprt_test_sleep normal 30000 sh -c "$disable/klprt_test_sleep/enabled"
says 'unpatched '
rmmod klprt_test_sleep
run 0 client wait klprt_test_value normal 30000 insmod $modules/klprt_test_value.ko
says 'patched '
value_is patched
# The patch is in no transition: the wait ends with its time.
run 0 client wait klprt_test_value normal 1
says 'idle 0 0'
run 0 client bad
