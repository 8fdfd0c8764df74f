#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# klp-load's own refusals: the kernel loads each of these patches silently, and klp-load loads
# them only when told to. A patch for another release is one of them as long as exports have
# checksums.
. "$(dirname "$0")/lib.sh"

load_target
while read -r module id name; do
	run 1 klp-load --json $modules/$module.ko
	json '[.findings[] | select(.severity == "error")] | map(.id) | unique | join(" ")' "$id"
	json .errno 0
	no_livepatch
	run 0 klp-load --allow "$id" $modules/$module.ko
	run 0 klp unload "$name"
	[[ $(insmod_errno $modules/$module.ko) == 0 ]] || fail "the kernel refuses $module"
	until_true eval '! grep -q 1 /sys/kernel/livepatch/*/transition'
	run 0 klp unload "$name"
done < <(
	echo klprt_test_build_id build-id-mismatch klprt_test_build_id
	! has_checksums || echo variant_release release-mismatch klprt_test_replace_a
)

# An ordinary module that the kernel would load as such.
run 1 klp-load --json $modules/klprt_test_not_livepatch.ko
json '.findings[0].id' not-a-livepatch
