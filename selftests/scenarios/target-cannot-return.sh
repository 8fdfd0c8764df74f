#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Livepatch relocations against a module: before 6.3 it cannot come back once it
# was unloaded (ENOEXEC), and the check predicts it.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp check --json $modules/klprt_test_rela.ko
predicted=$(jq '[.findings[] | select(.id == "target-cannot-return")] | length' <<<"$out")
run 0 klp-load $modules/klprt_test_rela.ko
cat /proc/klprt_test/value
rmmod klprt_test_target || fail "the target stays"
second=$(insmod_errno $modules/klprt_test_target.ko)
if [[ $release == 6.1.* ]]; then
	[[ $predicted/$second == 1/ENOEXEC ]] || fail "predicted: $predicted, came: $second"
else
	[[ $predicted/$second == 0/0 ]] || fail "predicted: $predicted, came: $second"
fi
run 0 klp unload klprt_test_rela
