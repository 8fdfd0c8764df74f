#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --copy "$build/built/$kernel:/root/built"
# klp-build's patch of a fix in vmlinux is active where klp says so, and gone after.
. "$(dirname "$0")/lib.sh"

run 0 klp check --json built/klp_vmlinux.ko
json '.verdict' loads
json '.manifest.kernel' "$release"
json '.label.fixes | join(" ")' 'CVE-2026-10001 CVE-2026-9999'
json '.label.version' 3
run 0 klp-load --json built/klp_vmlinux.ko
json '.result' applied
json '.verified | map(.function) | join(" ")' cmdline_proc_show
grep -q '^patched ' /proc/cmdline || fail "the new code does not run"
run 0 klp status --json klp_vmlinux
json '.patches[0].label | [.from, .version, .url] | join(" ")' 'patch 3 https://example.org/klp'
run 0 klp status --cves
[[ $out == 'CVE-2026-9999: active (klp_vmlinux, version 3)
CVE-2026-10001: active (klp_vmlinux, version 3)' ]] || fail "klp status --cves says: $out"
run 0 klp status
says '  fixes CVE-2026-10001, CVE-2026-9999; version 3; https://example.org/klp'
run 2 klp status --cves --json
run 0 klp unload klp_vmlinux
grep -q '^patched ' /proc/cmdline && fail "the old code does not run"
no_livepatch
run 0 klp status --cves
says "no livepatch is loaded on $release"
