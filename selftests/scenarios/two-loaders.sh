#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# Two loaders at once: one waits for the other, and finds the work done. With less time than
# the work takes, the waiting loader says who holds the lock.
. "$(dirname "$0")/lib.sh"

load_target
klp-load --json $modules/klprt_test_value.ko >/tmp/first &
first=$!
run 0 klp-load --json $modules/klprt_test_value.ko
json .result applied
second=$(jq .already_loaded <<<"$out")
wait $first || fail "the first loader failed: $(cat /tmp/first)"
[[ $(jq .already_loaded /tmp/first)/$second =~ ^(false/true|true/false)$ ]] ||
	fail "both loaded it: $(cat /tmp/first) $out"

mkfifo /tmp/hold
flock /run/klp/lock cat /tmp/hold &
holder=$!
until_true eval '! flock -n /run/klp/lock true'
run 1 klp-load --json --timeout 0.5 $modules/klprt_test_replace_a.ko
json .errno 110
says 'is held by'
echo >/tmp/hold
wait $holder
rm /tmp/hold
