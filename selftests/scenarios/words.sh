#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# The state of a patch has one word, whichever verb prints it, and klp(8) has its meaning; one
# of a kind is no plural. JSON has values of its own.
. "$(dirname "$0")/lib.sh"

# prints LINE: a line of the last run, and none of the words that JSON has.
prints()
{
	grep -Fxq -- "$1" <<<"$out"$'\n'"$err" || fail "no line '$1' in: $out $err"
	! grep -E '(in|out of|in-)[ ]?force' <<<"$out$err" || fail 'it speaks of force'
}

load_target
run 0 klp-load $modules/klprt_test_replace_a.ko
prints 'klprt_test_replace_a: active: each function is redirected and verified'
run 0 klp status
prints 'klprt_test_replace_a: active'
run 0 klp inspect --window 0.1 klprt_test_replace_a
prints 'klprt_test_replace_a: loaded, 1 function'

run 0 klp-load $modules/klprt_test_states.ko
run 3 klp status
prints 'klprt_test_replace_a: superseded'
prints 'klprt_test_states: active'
run 3 klp-load $modules/klprt_test_replace_a.ko
says 'klprt_test_replace_a: superseded: '
run 0 klp unload --all
says 'klprt_test_states: unloaded: disabled, and its module removed'

# Not to be woken by the signal that livepatch sends after 15 s.
sleep_in sleep_uninterruptible klprt_target_sleep
run 3 klp-load --timeout 8 --on-timeout keep $modules/klprt_test_sleep.ko
says 'klprt_test_sleep: in transition: '
run 3 klp status
prints 'klprt_test_sleep: in transition (patching)'
wake
wait "$sleeper"
run 0 klp unload klprt_test_sleep
