#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ten functions leave ftrace, one after the other, each after grace periods whose kthreads
# sleep a tenth of a second now and then. `expedite` wakes the kthreads. The gain depends on
# what else takes time, so the test compares how often the kthreads run.
. "$(dirname "$0")/lib.sh"

kthread=$(grep -l '^rcu_tasks_kthre' /proc/[0-9]*/comm) || fail "no kthread of RCU-tasks"

switches()
{
	awk '/^voluntary/ {print $2}' "${kthread%comm}status"
}

# undo EXPEDITE: sets $took to milliseconds, $ran to how often the kthread ran in them.
undo()
{
	local before
	echo "$1" >/sys/module/klp_runtime/parameters/expedite
	insmod $modules/klprt_test_ten.ko || fail "klprt_test_ten does not load"
	until_true transition_of klprt_test_ten 0
	before=$(switches)
	client follow klprt_test_ten normal \
		sh -c 'echo 0 >/sys/kernel/livepatch/klprt_test_ten/enabled' >/tmp/events ||
		fail "klprt_test_ten is not undone"
	ran=$(($(switches) - before))
	took=$(awk '/^start/ {start = $5} /^complete/ {printf "%d\n", ($5 - start) / 1e6}' /tmp/events)
	until_true rmmod klprt_test_ten
	echo "# ten functions undone with expedite=$1: $took ms, in which RCU-tasks ran $ran times"
}

load_runtime
undo 0
slow=$took rarely=$ran
undo 1
((ran * slow > 2 * rarely * took)) || fail "expedite did not wake it"
