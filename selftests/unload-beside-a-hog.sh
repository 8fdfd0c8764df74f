#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A task that never sleeps is put off its CPU to be looked at: it holds nothing up.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp-load $modules/klprt_test_value.ko
(while :; do :; done) &
background+=($!)
run 0 klp unload --json --timeout 50 klprt_test_value
json .result unloaded
