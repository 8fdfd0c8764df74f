#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# A patch of this name was loaded by other means: klp does not know the bytes to be the same,
# so klp refuses.
. "$(dirname "$0")/lib.sh"

insmod $modules/klprt_test_replace_a.ko
until_true transition_of klprt_test_replace_a 0
refused klprt_test_replace_a name-loaded EEXIST
run 1 klp-load --json $modules/klprt_test_replace_a.ko
json '.findings[0].id' name-loaded
json .errno 17
[[ $(insmod_errno $modules/klprt_test_replace_a.ko) == EEXIST ]] || fail "insmod is not refused"
run 0 klp unload klprt_test_replace_a
