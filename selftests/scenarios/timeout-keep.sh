#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# --on-timeout keep leaves the transition going and says so. status names the task that holds
# it up. klp predicts EBUSY for a second patch, and the kernel returns EBUSY. unload reverses.
. "$(dirname "$0")/lib.sh"

load_target
sleep_in sleep klprt_target_sleep
run 3 klp-load --json --timeout 4 --on-timeout keep $modules/klprt_test_sleep.ko
json .result in-transition
run 3 klp status --json
json '.patches[0] | .phase + " " + .verdict' 'patching not-in-force'
json '.patches[0].blockers[0].tid' "$sleeper"
run 1 klp check --json $modules/klprt_test_value.ko
json '.findings[0].id' transition-running
json .errno 16
[[ $(insmod_errno $modules/klprt_test_value.ko) == EBUSY ]] || fail "insmod is not refused"
run 0 klp unload --json klprt_test_sleep
json .result unloaded
no_livepatch
