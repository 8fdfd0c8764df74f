#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# SIGINT, SIGTERM and SIGHUP in the transition reverse it, and then klp-load ends.
. "$(dirname "$0")/lib.sh"

load_target
sleep_in sleep klprt_target_sleep
for signal in INT TERM HUP; do
	# A shell's background jobs ignore SIGINT; env gives it its default back.
	env --default-signal=INT klp-load --json $modules/klprt_test_sleep.ko >/tmp/said &
	loader=$!
	until_true transition_of klprt_test_sleep
	kill -$signal $loader
	wait $loader && fail "klp-load ended well"
	out=$(cat /tmp/said)
	json .result reversed
	says interrupted
	no_livepatch
done
