#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --copy "$build/built/$kernel:/root/built"
# klp-build's patch of a fix in vmlinux is active where klp says so, and gone after.
. "$(dirname "$0")/lib.sh"

run 0 klp check --json built/klp_vmlinux.ko
json '.verdict' loads
json '.manifest.kernel' "$release"
run 0 klp-load --json built/klp_vmlinux.ko
json '.result' applied
json '.verified | map(.function) | join(" ")' cmdline_proc_show
grep -q '^patched ' /proc/cmdline || fail "the new code does not run"
run 0 klp unload klp_vmlinux
grep -q '^patched ' /proc/cmdline && fail "the old code does not run"
no_livepatch
