#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A task asleep in the function to be replaced: klp names the task, the deadline takes
# everything back, and the same patch goes in once the task is awake.
. "$(dirname "$0")/lib.sh"

load_target
sleep_in sleep klprt_target_sleep
run 1 klp-load --json --timeout 8 $modules/klprt_test_sleep.ko
json .result reversed
json '.blockers | length' 1
json '.blockers[0] | [.tid, .comm, .function] | join(" ")' \
	"$sleeper cat klprt_target_sleep [klprt_test_target]"
no_livepatch
lsmod | grep klprt_test_sleep && fail "the module stays"
wake
wait "$sleeper"
run 0 klp-load --json $modules/klprt_test_sleep.ko
json .result applied
