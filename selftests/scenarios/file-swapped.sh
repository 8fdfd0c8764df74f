#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# The file is swapped between the check and the insertion: the checked bytes go in. klp-load
# waits meanwhile for the lock, which the test holds.
. "$(dirname "$0")/lib.sh"

load_target
cp $modules/klprt_test_value.ko /tmp/patch.ko
mkdir -p /run/klp
mkfifo /tmp/hold
flock /run/klp/lock cat /tmp/hold &
holder=$!
until_true eval '! flock -n /run/klp/lock true'
klp-load /tmp/patch.ko 2>/tmp/said &
loader=$!
until_true eval 'ls -l /proc/$loader/fd 2>/dev/null | grep -q /run/klp/lock'
cp $modules/klprt_test_replace_a.ko /tmp/patch.ko
echo >/tmp/hold
wait $holder
wait $loader || fail "klp-load failed: $(cat /tmp/said)"
value_is patched
[[ $(ls /sys/kernel/livepatch) == klprt_test_value ]] || fail "loaded: $(ls /sys/kernel/livepatch)"
rm /tmp/hold
