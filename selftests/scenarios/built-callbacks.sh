#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --module pktgen --copy "$build/built/$kernel:/root/built"
# A fix's declarations, callbacks and a state and nothing else, are in the patch: klp sees
# them, the kernel calls the callbacks in their turn, and the state keeps other patches out.
. "$(dirname "$0")/lib.sh"

# logged: what livepatch and the callbacks logged since the scenario began, on stdin.
logged()
{
	local expected found
	expected=$(cat)
	found=$(log_since_marker | sed -nE 's/^\[[^]]*\] (livepatch|pktgen: klp): //p')
	[[ $found == "$expected" ]] || fail "the log says: $found; instead of: $expected"
}

run 0 klp check --json built/klp_callbacks.ko
json '.verdict' loads
json '.callbacks | map(.object + " " + .callback) | join(",")' \
	'pktgen pre_patch,pktgen post_patch,pktgen pre_unpatch,pktgen post_unpatch'
json '.states | map("\(.id) \(.version)") | join(",")' '7 1'
json '.removable' true

run 0 klp-load --json built/klp_callbacks.ko
json '.result' applied
logged <<EXPECTED
enabling patch 'klp_callbacks'
pre_patch, 1000 packets
'klp_callbacks': starting patching transition
post_patch
'klp_callbacks': patching complete
EXPECTED

# A patch that would replace it and does not know the state.
run 1 klp check --json built/klp_module.ko
json '[.findings[] | select(.severity == "error").id] | join(",")' state-incompatible

run 0 klp unload klp_callbacks
logged <<EXPECTED
enabling patch 'klp_callbacks'
pre_patch, 1000 packets
'klp_callbacks': starting patching transition
post_patch
'klp_callbacks': patching complete
pre_unpatch
'klp_callbacks': starting unpatching transition
post_unpatch, timer 1
'klp_callbacks': unpatching complete
EXPECTED
no_livepatch
rmmod pktgen || fail "the target cannot be unloaded"
