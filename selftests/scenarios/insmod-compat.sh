#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# For the kernel's own selftests: insmod in all but name, silent when it succeeds.
. "$(dirname "$0")/lib.sh"

run 0 klp-load --insmod-compat $modules/klprt_test_replace_a.ko
[[ -z $out$err ]] || fail "it speaks: $out $err"
run 1 klp-load --insmod-compat $modules/klprt_test_replace_a.ko
[[ $err == "insmod: ERROR: could not insert module $modules/klprt_test_replace_a.ko: File exists" ]] ||
	fail "it says: $err"
run 0 klp-load --insmod-compat $modules/klprt_test_target.ko
