#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The kernel's own samples: each loaded, used, taken out.
. "$(dirname "$0")/lib.sh"

run 0 klp-load $samples/livepatch-sample.ko
grep -q 'this has been live patched' /proc/cmdline || fail "the sample has no effect"
run 0 klp unload livepatch-sample
grep -q 'this has been live patched' /proc/cmdline && fail "the sample still has an effect"

insmod $samples/livepatch-shadow-mod.ko || fail "no livepatch-shadow-mod"
run 0 klp-load $samples/livepatch-shadow-fix1.ko
run 0 klp-load $samples/livepatch-shadow-fix2.ko
run 3 klp status --json
json '[.patches[].verdict] | sort | join(" ")' 'in-force superseded'
json '[.patches[].functions[] | select(.state == "superseded")] | length > 0' true
run 0 klp unload livepatch_shadow_fix2
run 0 klp unload livepatch_shadow_fix1
rmmod livepatch_shadow_mod || fail "livepatch-shadow-mod stays"

insmod $samples/livepatch-callbacks-busymod.ko || fail "no livepatch-callbacks-busymod"
run 0 klp-load $samples/livepatch-callbacks-demo.ko
insmod $samples/livepatch-callbacks-mod.ko || fail "no livepatch-callbacks-mod"
run 0 klp unload livepatch_callbacks_demo
rmmod livepatch_callbacks_mod livepatch_callbacks_busymod || fail "the modules stay"
no_livepatch
