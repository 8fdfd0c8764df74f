#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# unload --all takes out every livepatch, the newest first, and stops at the first that
# cannot go: those before it are out, those behind it are as they were.
. "$(dirname "$0")/lib.sh"

run 2 klp unload
says 'NAME or --all is required'
run 2 klp unload --all klprt_test_value
run 0 klp unload --all
says 'no livepatch is loaded'

load_target
for name in replace_a replace_b value; do
	run 0 klp-load $modules/klprt_test_$name.ko
done
run 0 klp unload --all --json
[[ $(jq -r '.patch + " " + .result' <<<"$out" | paste -sd' ') == \
	'klprt_test_value unloaded klprt_test_replace_b unloaded klprt_test_replace_a unloaded' ]] ||
	fail "they went so: $out"
no_livepatch
run 0 klp status
says 'no livepatch is loaded'

for name in replace_a sleep replace_b; do
	run 0 klp-load $modules/klprt_test_$name.ko
done
# Not to be woken by the signal that livepatch sends after 15 s.
sleep_in sleep_uninterruptible klprt_test_sleep
run 3 klp unload --all --timeout 2
says 'klprt_test_replace_b: unloaded' 'klprt_test_sleep: reversed' 'klprt_test_replace_a: not tried'
run 0 klp status --json
json '[.patches[].name] | sort | join(" ")' 'klprt_test_replace_a klprt_test_sleep'
wake
wait "$sleeper"
run 0 klp unload --all
no_livepatch
