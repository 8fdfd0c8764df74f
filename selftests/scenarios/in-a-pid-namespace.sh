#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# klp cannot see the tasks outside from inside a pid namespace, so klp proves nothing of these
# tasks, and no code leaves memory.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp-load $modules/klprt_test_tail.ko
sleep_in tail klprt_test_tail
run 3 unshare -p -f -m --mount-proc klp unload --json --timeout 5 klprt_test_tail
json .result lingering
says 'pid namespace'
lsmod | grep -q klprt_test_tail || fail "the module is gone"
wake
wait "$sleeper"
run 0 klp unload klprt_test_tail
