#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# klp names callbacks that nothing undoes before it loads. After a reversal klp tells which
# callbacks ran, and does not claim that the kernel is as before.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp check --json $modules/klprt_test_unpaired.ko
json '[.findings[] | select(.id == "callback-unpaired")] | length' 2
run 0 klp check --json $modules/klprt_test_callbacks.ko
json '[.findings[] | select(.id == "callback-unpaired")] | length' 0

sleep_in sleep_uninterruptible klprt_target_sleep
run 1 klp-load --json --timeout 6 $modules/klprt_test_unpaired.ko
json .result reversed
json .message "the transition did not end within 6 s; no task runs its code; its callbacks ran (pre_patch of klprt_test_target), and klp cannot see what they left"
# Without callbacks nothing of it is said.
run 1 klp-load --json --timeout 6 $modules/klprt_test_sleep.ko
json .message "the transition did not end within 6 s; the kernel is as before"
wake
wait "$sleeper"
