#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --smp 1 --append module_blacklist=klprt_test_value
# The command line forbids a module, and then kernel.modules_disabled=1 all of them. It cannot be
# taken back; the guest is its own.
. "$(dirname "$0")/lib.sh"

refused klprt_test_value module-blacklisted EPERM
run 0 klp-load $modules/klprt_test_replace_a.ko
echo 1 >/proc/sys/kernel/modules_disabled
refused klprt_test_replace_b not-permitted EPERM
keeps_patches=1
