#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A replacing patch lacks a repair that is active now: klp refuses the patch, though the kernel
# would load it, unless the user asks for it by name.
. "$(dirname "$0")/lib.sh"

run 0 klp-load $modules/klprt_test_replace_a.ko
run 0 klp-load $modules/klprt_test_replace_b.ko
run 1 klp-load --json $modules/klprt_test_replace_one.ko
json .result refused
json .errno 0
json '.findings[0] | .id + " " + .severity' 'replace-drops error'
run 1 klp-load $modules/klprt_test_replace_one.ko
says replace-drops 'klp-build A.patch B.patch' 'klp-build --no-replace'
run 2 klp-load --allow
run 1 klp-load --allow function-missing $modules/klprt_test_replace_one.ko
says 'cannot be allowed'
run 0 klp-load --json --allow replace-drops $modules/klprt_test_replace_one.ko
json .result applied
