#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --append isolcpus=1
# An isolated CPU is left alone, and klp says why it does not help.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp-load --json $modules/klprt_test_value.ko
json .result applied
json .assist.cpus 0
json .assist.why_none 'CPU 1 is isolated, or without a tick (nohz_full)'
