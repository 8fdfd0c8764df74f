#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# The module of a patch stays because a file of its device is open, or because another module uses
# its symbols; klp names the process and the module.
. "$(dirname "$0")/lib.sh"

run 0 klp-load $modules/klprt_test_device.ko
until_true test -c /dev/klprt_test
# shellcheck disable=SC2217 # it is not to read it
sleep 1000 </dev/klprt_test &
sleeper=$!
background+=("$sleeper")
run 3 klp unload --json --timeout 2 klprt_test_device
json .result lingering
says "it still has 1 reference: sleep (pid $sleeper) with /dev/klprt_test open"
kill "$sleeper"
wait "$sleeper" 2>/dev/null
run 0 klp unload klprt_test_device

run 0 klp-load $modules/klprt_test_device.ko
insmod $modules/klprt_test_on_device.ko || fail "klprt_test_on_device does not load"
run 3 klp unload --json --timeout 2 klprt_test_device
json .result lingering
says "it still has 1 reference: the module 'klprt_test_on_device'"
rmmod klprt_test_on_device
run 0 klp unload klprt_test_device

# A patch that uses another module's symbols holds that one, as it says beforehand.
insmod $modules/klprt_test_library.ko || fail "klprt_test_library does not load"
run 0 klp check --json $modules/klprt_test_dependency.ko
json '[.findings[] | select(.id == "module-held") | .object] | join(" ")' klprt_test_library
run 0 klp-load $modules/klprt_test_dependency.ko
rmmod klprt_test_library 2>/dev/null && fail "klprt_test_library is gone"
[[ $(ls /sys/module/klprt_test_library/holders) == klprt_test_dependency ]] || fail "it is held by another"
run 0 klp unload klprt_test_dependency
rmmod klprt_test_library || fail "klprt_test_library is held still"
