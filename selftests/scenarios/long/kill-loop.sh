#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SIGKILL at any instant of a load: the remains have a name, and can be cleared; no process on
# the other CPUs is left.
. "$(dirname "$0")/../lib.sh"

load_target
RANDOM=1
declare -A seen
for round in {1..100}; do
	klp-load $modules/klprt_test_value.ko 2>/dev/null &
	loader=$!
	# Anywhere from its start to some time after its end.
	read -rt "$(awk -v r=$RANDOM 'BEGIN {print r / 32768 * 2.5}')" <><(:)
	kill -KILL $loader 2>/dev/null
	wait $loader 2>/dev/null
	until_true eval '! pgrep -x klp-load >/dev/null'
	klp status --json >/tmp/out
	status=$?
	what=$(jq -r '.patches[0] | "\(.phase // "none") \(.verdict // "")"' /tmp/out)
	[[ $status == 0 || $status == 3 ]] || fail "round $round: klp status exited $status"
	seen[$what]=$((${seen[$what]:-0} + 1))
	if [[ $what != 'none ' ]]; then
		run 0 klp unload --json klprt_test_value
		json .result unloaded
	else
		# Inserted and not yet in sysfs, or not inserted at all.
		klp unload klprt_test_value >/dev/null 2>&1
	fi
	no_livepatch
	lsmod | grep klprt_test_value && fail "round $round: the module stays"
	value_is original
done
for what in "${!seen[@]}"; do
	echo "# ${seen[$what]} times: $what"
done
