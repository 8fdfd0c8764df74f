#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --copy "$build/built/$kernel:/root/built"
# A patch to do_sys_poll(), in which klp itself waits: no wait of its own is so long that
# it holds the patch up, neither the loader's for the transition nor that of another klp
# for the lock.
. "$(dirname "$0")/lib.sh"

not_signalled()
{
	log_since_marker | grep -q 'signaling remaining tasks' && fail "only signals ended it"
}

run 0 klp-load --json --no-runtime built/klp_poll.ko
json .result applied
run 0 klp unload --no-runtime klp_poll
not_signalled

mkfifo /tmp/hold
flock /run/klp/lock cat /tmp/hold &
until_true eval '! flock -n /run/klp/lock true'
klp-load --json $modules/klprt_test_replace_a.ko >/tmp/waiting &
waiting=$!
until_true grep -q do_sys_poll /proc/$waiting/stack
insmod built/klp_poll.ko || fail "klp_poll does not load"
until_true transition_of klp_poll 0
not_signalled
[[ -d /proc/$waiting ]] || fail "the other klp has not waited: $(cat /tmp/waiting)"
echo >/tmp/hold
wait $waiting || fail "the other klp failed: $(cat /tmp/waiting)"
