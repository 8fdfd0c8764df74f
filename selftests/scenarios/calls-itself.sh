#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A replacement calls the function that it replaces, through another function of the patch:
# klp says so before the kernel's stack overflows.
. "$(dirname "$0")/lib.sh"

run 0 klp check --json $modules/klprt_test_calls_itself.ko
json '[.findings[] | select(.id == "calls-itself") | .function] | join(" ")' inet_stream_connect
for module in klprt_test_value klprt_test_rela klprt_test_fifty; do
	run 0 klp check --json $modules/$module.ko
	json '[.findings[] | select(.id == "calls-itself")] | length' 0
done
