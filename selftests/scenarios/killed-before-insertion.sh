#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# SIGKILL while it waits for the lock: nothing has happened, nothing is held.
. "$(dirname "$0")/lib.sh"

load_target
mkdir -p /run/klp
mkfifo /tmp/hold
flock /run/klp/lock cat /tmp/hold &
holder=$!
until_true eval '! flock -n /run/klp/lock true'
klp-load $modules/klprt_test_value.ko 2>/dev/null &
loader=$!
until_true eval 'ls -l /proc/$loader/fd 2>/dev/null | grep -q /run/klp/lock'
kill -KILL $loader
wait $loader
echo >/tmp/hold
wait $holder
rm /tmp/hold
run 0 klp status
says 'no livepatch is loaded'
run 0 klp-load $modules/klprt_test_value.ko
