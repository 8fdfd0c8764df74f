#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# One of more threads than klp walks in /proc holds a transition up. BPF finds that thread in
# one pass over all of them, and klp finds it without BPF as well.
. "$(dirname "$0")/lib.sh"

./crowd 600 >/tmp/crowd &
background+=($!)
until_true grep -q ready /tmp/crowd
load_target
sleep_in sleep klprt_target_sleep
for how in '' --no-bpf; do
	run 1 klp-load --json $how --timeout 8 $modules/klprt_test_sleep.ko
	json .result reversed
	json '.blockers | length' 1
	json '.blockers[0] | [.tid, .comm, .function] | join(" ")' \
		"$sleeper cat klprt_target_sleep [klprt_test_target]"
done
