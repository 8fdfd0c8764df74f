#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# The statuses that scripts rely on, where nothing else shows them.
. "$(dirname "$0")/lib.sh"

run 0 klp
run 0 klp --help
run 0 klp-load --help
run 0 klp help
says 'needs root: check, load and verify a livepatch'
run 0 klp help load
says 'usage: klp-load ' 'Needs root. '
run 2 klp help nonsense
says "unknown command 'nonsense'"
run 0 klp --version
version=$out
[[ $version =~ ^klp\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "the version is '$version'"
run 0 klp-load --version
[[ $out == "klp-load ${version#klp }" ]] || fail "klp-load's is '$out'"
run 0 klp check --version
[[ $out == "$version" ]] || fail "klp check's is '$out'"
run 2 klp nonsense
run 2 klp-load
run 2 klp-load --no-such-option $modules/klprt_test_replace_a.ko
run 2 klp check --no-such-option $modules/klprt_test_replace_a.ko
run 2 klp check --kernel '' $modules/klprt_test_replace_a.ko
run 4 klp check --kernel no-such-kernel $modules/klprt_test_replace_a.ko
says "'/boot/vmlinuz-no-such-kernel' does not exist"
run 1 klp profile --kernel no-such-kernel -o /tmp/profile
run 2 klp-load --timeout 0 $modules/klprt_test_replace_a.ko
says "--timeout: '0' is no number of seconds from 0.001 to 86400"
run 2 klp-load --on-timeout whatever $modules/klprt_test_replace_a.ko
says "--on-timeout: 'whatever' is none of reverse, keep"
run 2 klp-load --urgency whatever $modules/klprt_test_replace_a.ko
says "--urgency: 'whatever' is none of gentle, normal, now"
run 1 klp status nothing_of_this_name
run 1 klp unload nothing_of_this_name
run 1 klp-load /root/no-such-file.ko
says "cannot open '/root/no-such-file.ko'"
run 1 klp check /root/no-such-file.ko
run 1 klp check /bin/sh
says malformed
load_target
run 1 klp unload klprt_test_target
says 'is no livepatch'
