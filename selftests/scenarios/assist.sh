#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The processes that klp puts on the other CPUs: they are there while a module goes in and
# gone after, whichever process dies first, and not there where they are not wanted.
# bench-transition shows whether the kernel's first pass then suffices, which needs CPUs that
# run at the same time.
. "$(dirname "$0")/lib.sh"

processes_of_klp()
{
	grep -lsx 'Name:[[:space:]]*klp.*' /proc/[0-9]*/status
}

nobody_left()
{
	[[ -z $(processes_of_klp) ]]
}

load_target
run 0 klp-load --json $modules/klprt_test_value.ko
json .result applied
json .assist.cpus $(($(nproc) - 1))
json '.assist.why_none | . == "" or startswith("tried, ")' true
json '.disturbance_ms | .loading >= .loader_cpu and .loader_cpu > 0' true
nobody_left || fail "still there: $(processes_of_klp)"
run 0 klp unload --json klprt_test_value
nobody_left || fail "still there: $(processes_of_klp)"

run 0 klp-load --json --no-assist --no-runtime --no-bpf $modules/klprt_test_value.ko
json .assist.cpus 0
json .assist.why_none 'not wanted'
json .without_runtime 'not wanted'
run 0 klp unload --no-assist klprt_test_value
echo "# a task that sleeps in the old function fails the first pass in any case"
sleep_in sleep klprt_target_sleep
run 1 klp-load --no-runtime --timeout 8 $modules/klprt_test_sleep.ko
says "idle assist: tried, and the kernel's first pass left tasks all the same; klp_runtime has the kernel make its next pass at once"
wake
wait "$sleeper"

run 2 klp-load --urgency soon $modules/klprt_test_value.ko
says gentle normal now
