#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --expect-splat '^sysfs: cannot create duplicate filename'
# A function replaced twice, and an object named twice: predicted as EEXIST, for which the kernel
# prints a stack.
. "$(dirname "$0")/lib.sh"

refused klprt_test_duplicate duplicate-function EEXIST
refused klprt_test_duplicate_object duplicate-object EEXIST
