#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A patch for a module that is loaded later, unloaded, and loaded again.
. "$(dirname "$0")/lib.sh"

run 0 klp check --json $modules/klprt_test_value.ko
json '.findings[] | select(.id == "target-unknown") | .severity' warning
run 0 klp-load --json $modules/klprt_test_value.ko
json '.unverified[0].state' waiting
for round in 1 2; do
	load_target
	value_is patched
	run 0 klp status --json
	json '.patches[0].functions[0].state' redirected
	rmmod klprt_test_target || fail "the target stays, round $round"
	run 0 klp status --json
	json '.patches[0].functions[0].state' waiting
done
run 0 klp unload klprt_test_value
