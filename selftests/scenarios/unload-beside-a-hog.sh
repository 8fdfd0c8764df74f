#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# klp puts a task that never sleeps off its CPU to check it: the task does not keep the module
# in memory. (The hog comes after the transition: in an emulated guest, whose CPUs share one
# thread, the hog would slow the transition down to a minute.)
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp-load $modules/klprt_test_value.ko
echo 0 >/sys/kernel/livepatch/klprt_test_value/enabled
until_true eval '[[ ! -e /sys/kernel/livepatch/klprt_test_value ]]'
(while :; do :; done) &
background+=($!)
run 0 klp unload --json klprt_test_value
json .result unloaded
