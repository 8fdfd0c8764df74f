#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A task sleeps in the way until the kernel's fake signals make it return. The signals come at
# once with `now`, not before five seconds with `normal`, and with `gentle` not before the
# kernel alone would send them (15 s), though passes were many.
. "$(dirname "$0")/lib.sh"

# signalled_after_ms URGENCY: from the start of the transition to its end.
signalled_after_ms()
{
	sleep_in sleep klprt_target_sleep
	client follow klprt_test_sleep "$1" insmod $modules/klprt_test_sleep.ko >/tmp/events ||
		fail "$1: no end: $(cat /tmp/events)"
	wake
	wait "$sleeper"
	client follow klprt_test_sleep now \
		sh -c 'echo 0 >/sys/kernel/livepatch/klprt_test_sleep/enabled' >/dev/null ||
		fail "$1: not disabled"
	until_true rmmod klprt_test_sleep
	took=$(awk '/^complete/ {printf "%d\n", $4 / 1e6}' /tmp/events)
	longest=$(awk '/^pass/ {if (last && $5 - last > longest) longest = $5 - last; last = $5}
		END {printf "%d\n", longest / 1e6}' /tmp/events)
	echo "# $1: $took ms, $(grep -c '^pass' /tmp/events) passes, the longest time between two $longest ms"
}

load_runtime
load_target
signalled_after_ms now
log_since_marker | grep -q 'signaling remaining tasks' && fail "now: the kernel's signals were waited for"
signalled_after_ms normal
((took >= 5000)) || fail "normal: signals after $took ms"
signalled_after_ms gentle
((took >= 15000)) || fail "gentle: signals after $took ms"
