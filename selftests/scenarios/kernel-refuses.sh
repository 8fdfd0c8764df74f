#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# No check can predict a callback that fails. klp reports the kernel's errno and the kernel's
# own words, and nothing is left.
. "$(dirname "$0")/lib.sh"

run 1 klp-load --json $modules/klprt_test_prepatch_fails.ko
json .result failed
json .errno 19
json '.kernel_messages | map(select(test("pre-patch callback failed"))) | length' 1
no_livepatch
lsmod | grep klprt_test_prepatch_fails && fail "the module stays"
run 0 klp status
