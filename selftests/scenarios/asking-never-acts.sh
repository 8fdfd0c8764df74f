#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# Only a load or an unload puts klp_runtime, where it is installed, into the kernel: no
# question does, nor the steps after a deadline, nor an unload that must do without it.
. "$(dirname "$0")/lib.sh"

installed=/lib/modules/$release/updates/klp_runtime.ko
put_back()
{
	rm -f "$installed"
	depmod
}
mkdir -p "${installed%/*}"
cp /root/klp_runtime.ko "$installed"
depmod

runtime_is_not_there()
{
	[[ ! -e /sys/module/klp_runtime ]] || fail "$1 has loaded klp_runtime"
}

# Where klp_runtime is loaded already, a question does not have it advance the transition: the
# passes are the kernel's, one at the start and one a second.
load_target
load_runtime
sleep_in sleep klprt_target_sleep
begun=$SECONDS
insmod $modules/klprt_test_sleep.ko || fail "it does not load"
run 3 klp status
run 0 timeout -s INT 3 klp watch --no-bpf
run 0 client status
passes=$(awk '{print $2}' <<<"$out")
((passes > 0 && passes <= SECONDS - begun + 3)) ||
	fail "$passes passes in $((SECONDS - begun)) s: $out"
wake
wait "$sleeper"
until_true grep -q 0 /sys/kernel/livepatch/klprt_test_sleep/transition
echo 0 >/sys/kernel/livepatch/klprt_test_sleep/enabled
until_true rmmod klprt_test_sleep
rmmod klp_runtime || fail "klp_runtime stays"

sleep_in sleep klprt_target_sleep
insmod $modules/klprt_test_sleep.ko || fail "it does not load"
run 3 klp status --json
json '.patches[0].blockers[0].function' 'klprt_target_sleep [klprt_test_target]'
runtime_is_not_there 'klp status'
run 0 timeout -s INT 3 klp watch --no-bpf
says "1 in klprt_target_sleep [klprt_test_target]: cat ($sleeper)"
runtime_is_not_there 'klp watch'
run 0 timeout -s INT 3 klp watch
runtime_is_not_there 'klp watch with BPF'
run 0 klp inspect klprt_test_sleep
runtime_is_not_there 'klp inspect'
wake
wait "$sleeper"
until_true grep -q 0 /sys/kernel/livepatch/klprt_test_sleep/transition

sleep_in sleep klprt_test_sleep
run 3 klp unload --no-runtime --timeout 1 --on-timeout keep --json klprt_test_sleep
json '.blockers[0].tid' "$sleeper"
runtime_is_not_there 'klp unload --no-runtime'
wake
wait "$sleeper"
run 0 klp unload klprt_test_sleep
run 0 klp-load --json $modules/klprt_test_value.ko
json .mode runtime
[[ -e /sys/module/klp_runtime ]] || fail "klp load has not loaded klp_runtime"
