#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# One record in the system log for each load, unload and reversal.
. "$(dirname "$0")/lib.sh"

busybox syslogd -n -O /tmp/messages &
background+=($!)
until_true test -S /dev/log
load_target
run 0 klp-load $modules/klprt_test_value.ko
sha256=$(sha256sum $modules/klprt_test_value.ko)
run 0 klp unload klprt_test_value
sleep_in sleep klprt_target_sleep
run 1 klp-load --timeout 8 $modules/klprt_test_sleep.ko
until_true grep -q 'action=reverse patch=klprt_test_sleep .* result=reversed' /tmp/messages
grep -q "action=load patch=klprt_test_value sha256=${sha256%% *} kernel=$release result=applied" \
	/tmp/messages || fail "no record of the load: $(cat /tmp/messages)"
grep -q "action=unload patch=klprt_test_value sha256=${sha256%% *} .* result=unloaded" \
	/tmp/messages || fail "no record of the unload: $(cat /tmp/messages)"
[[ $(grep -c 'klp: action=' /tmp/messages) == 3 ]] || fail "$(cat /tmp/messages)"
