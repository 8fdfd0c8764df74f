#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# In and out twenty-five times, while others fork, sleep and run.
. "$(dirname "$0")/../lib.sh"

load_target
(while :; do sh -c 'cat /proc/self/stat; ls /proc' >/dev/null; done) &
background+=($!)
(while :; do cat /proc/klprt_test/value >/dev/null; done) &
background+=($!)
for _ in {1..25}; do
	run 0 klp-load --json $modules/klprt_test_value.ko
	json .result applied
	value_is patched
	run 0 klp unload --json klprt_test_value
	json .result unloaded
	value_is original
done
