#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A kprobe on a patched function hides by whom it is redirected: not counted as
# verified, before or after, unless that is allowed.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp-load $modules/klprt_test_value.ko
echo 'p:klp_probe klprt_target_value' >/sys/kernel/tracing/kprobe_events
echo 1 >/sys/kernel/tracing/events/kprobes/klp_probe/enable
value_is patched
run 3 klp status --json
json '.patches[0].verdict' unverified
json '.patches[0].functions[0].why' 'redirected, owner not proved: another tracer is on it'
run 0 klp unload klprt_test_value
run 3 klp-load --json $modules/klprt_test_value.ko
json .result unverified
json '.unverified[0].state' unproved
value_is patched
run 0 klp unload klprt_test_value
run 0 klp-load --json --allow-unverified $modules/klprt_test_value.ko
json .result applied
echo 0 >/sys/kernel/tracing/events/kprobes/klp_probe/enable
echo >/sys/kernel/tracing/kprobe_events
run 0 klp status
