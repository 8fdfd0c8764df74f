#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module changes its functions in a way that the file does not show. The patch that the
# kernel then has is not the one that was checked, and klp says the difference.
. "$(dirname "$0")/lib.sh"

module=$modules/klprt_test_differs.ko

run 0 klp-load --json "$module"
json .result applied
run 0 klp unload klprt_test_differs

run 0 klp check --json "$module"
json .verdict loads
run 3 klp-load --json "$module" slot=64
json .result unverified
json .message "the patch is not the one that its file announced: the kernel lacks 'vmlinux:cmdline_proc_show,1', and has 'vmlinux:version_proc_show,1'"
json '.verified | map(.function) | join(" ")' version_proc_show
[[ $(cat /proc/version) == klprt_test_differs ]] || fail "/proc/version: $(cat /proc/version)"
run 0 klp unload klprt_test_differs
[[ $(cat /proc/version) == Linux* ]] || fail "/proc/version: $(cat /proc/version)"
