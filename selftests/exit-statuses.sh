#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The statuses that scripts rely on, where nothing else shows them.
. "$(dirname "$0")/lib.sh"

run 0 klp
run 0 klp --help
run 0 klp-load --help
run 2 klp nonsense
run 2 klp-load
run 2 klp-load --no-such-option $modules/klprt_test_replace_a.ko
run 2 klp check --kernel "$release" $modules/klprt_test_replace_a.ko
run 2 klp-load --timeout 0 $modules/klprt_test_replace_a.ko
run 2 klp-load --on-timeout whatever $modules/klprt_test_replace_a.ko
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
