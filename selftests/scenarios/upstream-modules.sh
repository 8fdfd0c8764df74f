#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each patch of the kernel's own selftests: loaded, seen to be active, taken out.
. "$(dirname "$0")/lib.sh"

for patch in livepatch atomic_replace callbacks_demo callbacks_demo2 state state2 state3 syscall; do
	run 0 klp-load --json $upstream/test_klp_$patch.ko
	json .result applied
	run 0 klp status test_klp_$patch
	run 0 klp unload --json test_klp_$patch
	json .result unloaded
done
no_livepatch

# State version 1 after version 2: sysfs does not show states, klp remembers them.
run 0 klp-load $upstream/test_klp_state2.ko
run 1 klp-load --json --allow replace-drops $upstream/test_klp_state.ko
json '.findings[0].id' state-incompatible
modules=$upstream
refused test_klp_state state-incompatible EINVAL
