#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A module's name with '-' or '.ko' is one that the kernel waits for in vain.
. "$(dirname "$0")/lib.sh"

for name in 'virtio-blk\x00\x00' 'dummy.ko\x00\x00\x00\x00'; do
	sed "s/klprt_absent/$name/" $modules/klprt_test_missing_object.ko >patch.ko
	run 1 klp check --json patch.ko
	json '[.findings[].id] | index("object-misspelt") != null' true
	says "no module is ever named '${name%%\\*}' in memory"
	json .errno 0
	run 1 klp-load --json patch.ko
	json .result refused
	[[ $(insmod_errno patch.ko) == 0 ]] || fail "the kernel refuses it"
	run 3 klp status --json klprt_test_missing_object
	run 0 klp unload klprt_test_missing_object
done
