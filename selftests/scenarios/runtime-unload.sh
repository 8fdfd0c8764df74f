#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module can't go while its device is open, and can go at any other time: also in a
# transition that the module has advanced, whose passes are the kernel's from then on. The
# module takes up a transition that was on before the module came.
. "$(dirname "$0")/lib.sh"

load_runtime
load_target
sleep_in sleep klprt_target_sleep
client follow klprt_test_sleep gentle insmod $modules/klprt_test_sleep.ko >/tmp/events &
follower=$!
background+=("$follower")
until_true grep -q '^pass 4 ' /tmp/events
rmmod klp_runtime 2>/dev/null && fail "removed while its device is open"
kill -KILL $follower
wait $follower
rmmod klp_runtime || fail "not removed in a transition"
transition_of klprt_test_sleep || fail "the transition is over"
wake
until_true transition_of klprt_test_sleep 0

# An unload that has begun without the module.
sleep_in sleep patched_sleep
echo 0 >/sys/kernel/livepatch/klprt_test_sleep/enabled
load_runtime
client follow klprt_test_sleep normal true >/tmp/events &
follower=$!
until_true grep -q '^pass .* unpatching .* klprt_test_sleep' /tmp/events
wake
wait $follower || fail "not followed to its end: $(cat /tmp/events)"
grep -q '^complete .* unpatched ' /tmp/events || fail "no end: $(cat /tmp/events)"

# While other processes come and go.
until_true rmmod klprt_test_sleep
sleep_in sleep klprt_target_sleep
insmod $modules/klprt_test_sleep.ko
for _ in 1 2 3; do
	rmmod klp_runtime || fail "not removed with no file open"
	load_runtime
	run 0 client wait klprt_test_sleep now 1
done
wake
run 0 client wait klprt_test_sleep normal 30000
