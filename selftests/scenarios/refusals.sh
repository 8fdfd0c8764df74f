#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each refusal that the check predicts, beside the kernel's answer to insmod.
. "$(dirname "$0")/lib.sh"

load_target
# module finding errno
while read -r module id errno; do
	run 1 klp check --json $modules/$module.ko
	json '[.findings[] | select(.severity == "error")][0].id' "$id"
	predicted=$(jq -r .errno <<<"$out")
	answered=$(insmod_errno $modules/$module.ko)
	[[ $errno/$answered == "$errno/$errno" ]] || fail "$module: the kernel says $answered"
	name=$(errno_name "$predicted")
	[[ $name == "$errno" ]] || fail "$module: predicted $name, the kernel says $answered"
done <<TABLE
klprt_test_no_such_function function-missing EINVAL
klprt_test_no_such_vmlinux_function function-missing EINVAL
klprt_test_ambiguous function-ambiguous EINVAL
klprt_test_sympos_high sympos-out-of-range EINVAL
klprt_test_notrace not-traceable EINVAL
klprt_test_no_info not-a-livepatch EINVAL
klprt_test_null_func replacement-missing EINVAL
klprt_test_long_name name-too-long EINVAL
klprt_test_unknown_symbol symbol-unknown ENOENT
klprt_test_dependency dependency-missing ENOENT
variant_vermagic vermagic-mismatch ENOEXEC
variant_architecture wrong-architecture ENOEXEC
variant_truncated malformed ENOEXEC
$(if has_checksums; then
	echo variant_crc symbol-version EINVAL
else # the release is what protects
	echo variant_release vermagic-mismatch ENOEXEC
fi)
TABLE

# klp-load does not try a module that the check refuses.
run 1 klp-load --json $modules/klprt_test_ambiguous.ko
json .result refused
json '.kernel_messages | length' 0
no_livepatch
