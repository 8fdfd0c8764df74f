#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A later patch has the same function: the earlier patch is enabled and not active, and neither
# status nor a second load says otherwise.
. "$(dirname "$0")/lib.sh"

run 0 klp-load $modules/klprt_test_replace_a.ko
run 0 klp-load $modules/klprt_test_states.ko
run 3 klp status --json klprt_test_replace_a
json '.patches[0].verdict' superseded
json '.patches[0].functions[0].why' klprt_test_states
json '.patches[0].stacks_unread' ''
run 3 klp-load --json $modules/klprt_test_replace_a.ko
json .result overridden
run 0 klp status klprt_test_states
# The kernel unloads a patch only when nothing stands above it; klp in that order.
run 0 klp unload klprt_test_states
run 0 klp status klprt_test_replace_a
