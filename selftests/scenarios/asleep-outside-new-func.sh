#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A task asleep in code of the patch that the kernel does not check: the patch is
# disabled at once, and its module stays until the task has left it.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp-load $modules/klprt_test_tail.ko
sleep_in tail klprt_test_tail
run 3 klp unload --json --timeout 5 klprt_test_tail
json .result lingering
json '.blockers[0].tid' "$sleeper"
no_livepatch
run 0 klp status --json
json '.leftovers[0]' klprt_test_tail
wake
wait "$sleeper"
run 0 klp unload --json klprt_test_tail
json .result unloaded
