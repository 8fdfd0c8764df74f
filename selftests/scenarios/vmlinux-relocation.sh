#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A livepatch relocation against a symbol of vmlinux that nobody exports.
. "$(dirname "$0")/lib.sh"

run 0 klp-load $modules/klprt_test_vmlinux_rela.ko
grep -q console=ttyS0 /proc/cmdline || fail "/proc/cmdline is '$(cat /proc/cmdline)'"
run 0 klp unload klprt_test_vmlinux_rela
