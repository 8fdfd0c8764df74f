#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A task asleep in the new function: unloading waits, and at the deadline makes the patch active
# again; with keep unloading goes on until the task leaves.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp-load $modules/klprt_test_sleep.ko
sleep_in sleep klprt_test_sleep
run 1 klp unload --json --timeout 2 klprt_test_sleep
json .result reversed
json '.blockers[0].tid' "$sleeper"
run 0 klp status klprt_test_sleep
run 3 klp unload --json --timeout 2 --on-timeout keep klprt_test_sleep
json .result in-transition
run 3 klp status --json
json '.patches[0].phase' unpatching
wake
wait "$sleeper"
run 0 klp unload klprt_test_sleep
