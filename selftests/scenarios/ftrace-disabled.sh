#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# kernel.ftrace_enabled=0: predicted with its errno, and with the remedy. From 7.2 on it
# cannot be 0.
. "$(dirname "$0")/lib.sh"

if [[ $release != [1-6].* ]]; then
	(echo 0 >/proc/sys/kernel/ftrace_enabled) 2>/dev/null && fail "the knob works"
	run 0 klp-load $modules/klprt_test_replace_a.ko
	exit
fi
echo 0 >/proc/sys/kernel/ftrace_enabled || fail "the knob is dead"
refused klprt_test_replace_a ftrace-disabled EBUSY
echo 1 >/proc/sys/kernel/ftrace_enabled
run 0 klp-load $modules/klprt_test_replace_a.ko
