#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# SIGKILL in the transition: status names it and who holds it up; a second load of
# the same bytes takes it over; unload clears it.
. "$(dirname "$0")/lib.sh"

load_target
sleep_in sleep klprt_target_sleep
klp-load $modules/klprt_test_sleep.ko 2>/dev/null &
loader=$!
until_true grep -q '^[0-9]' /run/klp/patches/klprt_test_sleep
kill -KILL $loader
wait $loader
run 3 klp status --json
json '.patches[0] | .phase + " " + .verdict' 'patching not-in-force'
json '.patches[0].blockers[0].tid' "$sleeper"
wake
wait "$sleeper"
run 0 klp-load --json $modules/klprt_test_sleep.ko
json '.result + " " + (.already_loaded | tostring)' 'applied true'
# The record from before the insertion, as a death during it leaves it, does the same.
record=/run/klp/patches/klprt_test_sleep
build_id=$(od -An -v -t x1 -j 16 -N 20 /sys/module/klprt_test_sleep/notes/.note.gnu.build-id | tr -d ' \n')
sed -i "1s/^[0-9]*/build-$build_id/" $record
run 0 klp-load --json $modules/klprt_test_sleep.ko
json '.result + " " + (.already_loaded | tostring)' 'applied true'
grep -q '^[0-9]' $record || fail "the record does not name the instance: $(cat $record)"
sed -i "1s/^[0-9]*/build-${build_id//[0-9]/a}/" $record
run 1 klp-load --json $modules/klprt_test_sleep.ko
json '.findings[0].id' name-loaded
run 0 klp unload klprt_test_sleep

sleep_in sleep klprt_target_sleep
klp-load $modules/klprt_test_sleep.ko 2>/dev/null &
loader=$!
until_true transition_of klprt_test_sleep
kill -KILL $loader
wait $loader
run 0 klp unload --json klprt_test_sleep
json .result unloaded
no_livepatch
