#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The kernel's own klp-build made this patch of vmlinux and of a module, with objtool;
# selftests/specimens has the recipe, and starts the guest. klp says all that the file tells, and the
# one fact that it does not tell: the tool made a second patch, which does not replace the first.
. "$(dirname "$0")/../lib.sh"

patch=livepatch_specimen beside=livepatch_beside
thread=$(cat /proc/net/pktgen/pgctrl)
functions='pktgen.pgctrl_show vmlinux.cmdline_proc_show'

run 0 klp check $patch.ko
says "$patch: loads" 'not known from the file: replace was decided when the patch was compiled'
run 0 klp check --json $patch.ko
json .verdict loads
json .encoding klp-build
json .replace null
json '[.objects[] | .object + "." + .functions[].function] | sort | join(" ")' "$functions"
json '.callbacks | map("\(.object).\(.callback)") | sort | join(" ")' \
	'pktgen.post_patch pktgen.post_unpatch pktgen.pre_patch pktgen.pre_unpatch'
json '.states | length' 0
json '.findings | map(select(.severity != "note").id) | join(" ")' ''

run 0 klp-load --json $beside.ko
json .result applied
run 0 klp check --json $patch.ko
json '.findings | map(select(.severity == "warning").id) | join(" ")' 'replace-unknown'
run 0 klp-load --json $patch.ko
json .result applied
json '.verified | map("\(.object).\(.function)") | sort | join(" ")' "$functions"
json '.verified | map(.state) | unique | join(" ")' redirected
json '.unverified | length' 0
json '.replaced | map(.name) | join(" ")' $beside
grep -q '^patched ' /proc/cmdline || fail "the new code of vmlinux does not run"
for call in 1 2; do
	[[ $(cat /proc/net/pktgen/pgctrl) == "as klp-build, call $call: $thread" ]] ||
		fail "the new code of pktgen does not run"
done

run 0 klp status --json
json '.patches | map("\(.name) \(.phase) \(.verdict)") | join(" ")' "$patch enabled in-force"
json '.patches[0].functions | map(.state) | unique | join(" ")' redirected
run 0 klp status
says "$patch: active"

run 0 klp-load --json $beside.ko
json .result applied
json '.replaced | length' 0
run 3 klp status --json # a patch is superseded
json '.patches | map("\(.name) \(.phase) \(.verdict)") | sort | join(" ")' \
	"$beside enabled in-force $patch enabled superseded"
run 0 klp unload $beside
run 0 klp unload $patch
says "$patch: unloaded"
grep -q '^patched ' /proc/cmdline && fail "the old code of vmlinux does not run"
[[ $(cat /proc/net/pktgen/pgctrl) == "$thread" ]] || fail "the old code of pktgen does not run"
for callback in pre_patch post_patch pre_unpatch post_unpatch; do
	log_since_marker | grep -q "klp: $callback of pktgen" || fail "$callback was not called"
done
no_livepatch
