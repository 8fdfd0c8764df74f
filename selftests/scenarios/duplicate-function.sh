#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --expect-splat '^sysfs: cannot create duplicate filename'
# A function replaced twice: predicted as EEXIST, for which the kernel prints a stack.
. "$(dirname "$0")/lib.sh"

run 1 klp check --json $modules/klprt_test_duplicate.ko
json '.findings[0].id' duplicate-function
json .errno 17
[[ $(insmod_errno $modules/klprt_test_duplicate.ko) == EEXIST ]] || fail "no EEXIST"
