#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A third patch replaces two patches at one stroke. klp says beforehand which patches go, and
# takes out their modules, which the kernel leaves in memory. A module that insmod left there does not change
# the exit status of "klp status".
. "$(dirname "$0")/lib.sh"

run 0 klp-load $modules/klprt_test_replace_a.ko
run 0 klp-load $modules/klprt_test_replace_b.ko
run 0 klp check --json $modules/klprt_test_replace_both.ko
json '[.findings[] | select(.id == "replace-removes") | .message] | join(" ")' \
	"it replaces the patch 'klprt_test_replace_a' it replaces the patch 'klprt_test_replace_b'"
run 0 klp-load --json $modules/klprt_test_replace_both.ko
json '.verified | length' 2
json '.replaced | map(.name + .why_it_stays) | sort | join(" ")' \
	'klprt_test_replace_a klprt_test_replace_b'
[[ $(ls /sys/kernel/livepatch) == klprt_test_replace_both ]] || fail "not alone in sysfs"
[[ ! $(lsmod | grep '^klprt_test_replace_[ab] ') ]] || fail "a module of a replaced patch is left"
run 0 klp status --json
json '.leftovers | length' 0
run 0 klp unload klprt_test_replace_both

# The kernel's insmod replaces, too, and leaves the modules.
run 0 klp-load $modules/klprt_test_replace_a.ko
run 0 insmod $modules/klprt_test_replace_both.ko
until_true eval '[[ $(ls /sys/kernel/livepatch) == klprt_test_replace_both ]]'
run 0 klp status --json
json '.leftovers[0]' klprt_test_replace_a
run 0 klp unload klprt_test_replace_a
run 0 klp status
