#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --smp 1
# kernel.modules_disabled=1 cannot be taken back; the guest is its own.
. "$(dirname "$0")/lib.sh"

run 0 klp-load $modules/klprt_test_replace_a.ko
echo 1 >/proc/sys/kernel/modules_disabled
run 1 klp check --json $modules/klprt_test_replace_b.ko
json '.findings[0].id' not-permitted
json .errno 1
[[ $(insmod_errno $modules/klprt_test_replace_b.ko) == EPERM ]] || fail "no EPERM"
keeps_patches=1
