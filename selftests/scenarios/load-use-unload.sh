#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The complete job: klp-load leaves the patch active and verified, and klp unload leaves the
# machine as it was.
. "$(dirname "$0")/lib.sh"

load_target
value_is original
run 0 klp-load --json $modules/klprt_test_value.ko
json .result applied
json '.verified | map(.function) | join(" ")' klprt_target_value
json '.unverified | length' 0
json .mode kmsg
value_is patched
run 0 klp status --json
json '.patches[0].verdict' in-force

run 0 klp-load $modules/klprt_test_value.ko
says 'an earlier load of these bytes put it there'

run 0 klp unload --json klprt_test_value
json .result unloaded
value_is original
no_livepatch
run 0 klp status
says 'no livepatch is loaded'
lsmod | grep klprt_test_value && fail "the module is still in memory"
livepatch_log_is <<'LOG'
enabling patch 'klprt_test_value'
'klprt_test_value': starting patching transition
'klprt_test_value': patching complete
'klprt_test_value': starting unpatching transition
'klprt_test_value': unpatching complete
LOG
