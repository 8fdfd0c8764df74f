#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# --on-timeout keep leaves the transition going and says so. status names the task that holds
# it up. klp predicts EBUSY for a second patch, and the kernel returns EBUSY. unload reverses.
. "$(dirname "$0")/lib.sh"

load_target
# Not to be woken by the signal that livepatch sends after 15 s.
sleep_in sleep_uninterruptible klprt_target_sleep
run 3 klp-load --json --timeout 8 --on-timeout keep $modules/klprt_test_sleep.ko
json .result in-transition
run 3 klp status --json
json '.patches[0] | .phase + " " + .verdict' 'patching not-in-force'
json '.patches[0].blockers[0].tid' "$sleeper"
refused klprt_test_value transition-running EBUSY
run 0 klp unload --json klprt_test_sleep
json .result unloaded
no_livepatch
