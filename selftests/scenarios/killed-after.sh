#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# SIGKILL after the patch is in: it is active, and can be taken out.
. "$(dirname "$0")/lib.sh"

load_target
klp-load $modules/klprt_test_value.ko 2>/dev/null &
loader=$!
until_true transition_of klprt_test_value 0
kill -KILL $loader
wait $loader
run 0 klp status --json
json '.patches[0].verdict' in-force
run 0 klp unload klprt_test_value
