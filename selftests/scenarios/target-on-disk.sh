#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# klp checks a target that is not loaded against its file: a condition that would make the
# target's modprobe fail later is an error now, and the kernel alone would not report it.
. "$(dirname "$0")/lib.sh"

mkdir -p "/lib/modules/$release/extra"
cp $modules/klprt_test_target.ko "/lib/modules/$release/extra"
depmod
run 0 klp check --json $modules/klprt_test_value.ko
json '.findings[] | select(.id == "target-not-loaded") | .severity' note
run 0 klp check $modules/klprt_test_sympos_two.ko

for bad in no_such_function:function-missing ambiguous:function-ambiguous \
	sympos_high:sympos-out-of-range notrace:not-traceable; do
	patch=klprt_test_${bad%:*}
	run 1 klp check --json $modules/$patch.ko
	json .errno 0
	json '.findings[0].id' "${bad#*:}"
	says "later refuse to load 'klprt_test_target'"
	[[ $(insmod_errno $modules/$patch.ko) == 0 ]] || fail "the kernel refuses $patch now"
	[[ $(insmod_errno $modules/klprt_test_target.ko) == EINVAL ]] ||
		fail "the kernel takes the target with $patch"
	run 0 klp unload $patch
done
rm "/lib/modules/$release/extra/klprt_test_target.ko"
depmod
