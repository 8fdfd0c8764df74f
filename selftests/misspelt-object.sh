#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A module's name with '-' is one that the kernel waits for in vain.
. "$(dirname "$0")/lib.sh"

sed 's/klprt_absent/virtio-blk\x00\x00/' $modules/klprt_test_missing_object.ko >patch.ko
run 1 klp check --json patch.ko
json '[.findings[].id] | index("object-misspelt") != null' true
says "the kernel has 'virtio_blk'"
json .errno 0
[[ $(insmod_errno patch.ko) == 0 ]] || fail "the kernel refuses it"
