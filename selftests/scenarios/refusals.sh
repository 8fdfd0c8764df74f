#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each refusal that the check predicts, beside the kernel's answer to insmod.
. "$(dirname "$0")/lib.sh"

load_target
# module finding errno
while read -r module id errno; do
	refused "$module" "$id" "$errno"
done <<TABLE
klprt_test_no_such_function function-missing EINVAL
klprt_test_no_such_vmlinux_function function-missing EINVAL
klprt_test_ambiguous function-ambiguous EINVAL
klprt_test_sympos_high sympos-out-of-range EINVAL
klprt_test_notrace not-traceable EINVAL
klprt_test_no_info not-a-livepatch EINVAL
klprt_test_null_func replacement-missing EINVAL
klprt_test_null_funcs functions-missing EINVAL
klprt_test_unnamed function-unnamed EINVAL
klprt_test_rela_twin klp-symbol-ambiguous EINVAL
variant_klp_symbol klp-symbol-missing EINVAL
variant_relocation livepatch-relocation-wrong EINVAL
variant_license gpl-only-symbol ENOENT
variant_namespace namespace-not-imported EINVAL
variant_export export-duplicate ENOEXEC
klprt_test_long_name name-too-long EINVAL
klprt_test_unknown_symbol symbol-unknown ENOENT
klprt_test_dependency dependency-missing ENOENT
variant_vermagic vermagic-mismatch ENOEXEC
variant_architecture wrong-architecture ENOEXEC
variant_truncated malformed ENOEXEC
$(if has_checksums; then
	echo variant_crc symbol-version EINVAL
	echo variant_layout symbol-version ENOEXEC
else # the release is what protects
	echo variant_release vermagic-mismatch ENOEXEC
fi)
TABLE

# A kprobe with a post_handler redirects the function, and only one may.
insmod $modules/klprt_test_probe.ko exclusive=1 || fail "klprt_test_probe does not load"
refused klprt_test_replace_a ip-modify-conflict EBUSY
rmmod klprt_test_probe
run 0 klp-load $modules/klprt_test_namespace.ko
run 0 klp unload klprt_test_namespace

# klp-load does not try a module that the check refuses.
run 1 klp-load --json $modules/klprt_test_ambiguous.ko
json .result refused
json '.kernel_messages | length' 0
no_livepatch
