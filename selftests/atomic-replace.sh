#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two patches replaced by a third at one stroke: it is said beforehand which go,
# and their modules, which the kernel leaves in memory, are found and cleared.
. "$(dirname "$0")/lib.sh"

run 0 klp-load $modules/klprt_test_replace_a.ko
run 0 klp-load $modules/klprt_test_replace_b.ko
run 0 klp check --json $modules/klprt_test_replace_both.ko
json '[.findings[] | select(.id == "replace-removes") | .message] | join(" ")' \
	"it replaces the patch 'klprt_test_replace_a' it replaces the patch 'klprt_test_replace_b'"
run 0 klp-load --json $modules/klprt_test_replace_both.ko
json '.verified | length' 2
until_true eval '[[ $(ls /sys/kernel/livepatch) == klprt_test_replace_both ]]'
run 3 klp status --json
json '.leftovers | sort | join(" ")' 'klprt_test_replace_a klprt_test_replace_b'
run 0 klp unload klprt_test_replace_a
run 0 klp unload klprt_test_replace_b
run 0 klp status
