#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many processes make any calls to the device, in any order and at once, while patches come,
# go and are reversed and the module itself comes and goes. Nothing happens to the kernel, and
# a transition can be advanced when it is over. STRESS_SECONDS is half a minute.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${STRESS_SECONDS:-30}
end=$((SECONDS + seconds))
load_runtime
load_target

patches_come_and_go()
{
	local patch
	while ((SECONDS < end)); do
		for patch in klprt_test_sleep klprt_test_value; do
			insmod "$modules/$patch.ko" 2>/dev/null
			for _ in 1 2 3 4 5; do
				echo $((RANDOM % 2)) >"/sys/kernel/livepatch/$patch/enabled"
			done 2>/dev/null
			rmmod "$patch" 2>/dev/null
		done
	done
}

sleepers_come_and_go()
{
	local sleeper
	while ((SECONDS < end)); do
		cat /proc/klprt_test/sleep &
		sleeper=$!
		until_true grep -q sleep "/proc/$sleeper/stack"
		read -rt 0.2 <><(:)
		wake
		wait $sleeper
	done
}

# The module can go when no file is open, whatever the patches do meanwhile.
module_comes_and_goes()
{
	local times=0
	while ((SECONDS < end)); do
		read -rt 5 <><(:)
		touch /tmp/closed
		until_true rmmod klp_runtime
		rm /tmp/closed
		load_runtime
		times=$((times + 1))
	done
	echo "# the module was loaded again $times times"
}

echo "# seed ${STRESS_SEED:-1}"
patches_come_and_go &
sleepers_come_and_go &
module_comes_and_goes &
reloader=$!
stress "$seconds" 4 "${STRESS_SEED:-1}" /tmp/closed klprt_test_sleep klprt_test_value nothing ||
	fail "the stress program failed"
wait $reloader || fail "the module could not be loaded again"
wait
wake

# advanced_to_its_end PATCH: a file that waits for one that is over waits for the next.
advanced_to_its_end()
{
	! transition_of "$1" || client wait "$1" now 500 >/dev/null
	! transition_of "$1"
}
until_true advanced_to_its_end klprt_test_sleep
until_true advanced_to_its_end klprt_test_value
