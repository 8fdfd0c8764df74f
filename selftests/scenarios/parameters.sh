#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# Module parameters reach the module. klp does not guess a replace that only parameters set.
. "$(dirname "$0")/lib.sh"

run 0 klp-load $modules/klprt_test_replace_b.ko
run 0 klp check --json $modules/klprt_test_runtime_replace.ko
json '.findings[] | select(.id == "replace-unknown") | .severity' warning
run 0 klp-load --json $modules/klprt_test_runtime_replace.ko replace=1
json '.replaced | map(.name + .why_it_stays) | join(" ")' klprt_test_replace_b
until_true eval '[[ $(ls /sys/kernel/livepatch) == klprt_test_runtime_replace ]]'
# The same bytes with other parameters are not the same load.
run 1 klp-load --json $modules/klprt_test_runtime_replace.ko replace=0
json '.findings[0].id' name-loaded
run 1 klp-load --json $modules/klprt_test_replace_a.ko no_such_parameter=1
json '.findings[0].id' parameter-unknown
