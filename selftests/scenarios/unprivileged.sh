#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# Without root check and status read what they may, and say what they could not see; load and
# unload change nothing.
. "$(dirname "$0")/lib.sh"

nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
chmod 755 /root /root/test
run 4 nobody klp check --json $modules/klprt_test_replace_a.ko
json .verdict undecided
has_checksums && version=' version-unseen' || version=''
json '[.findings[] | select(.undecides)] | map(.id) | unique | join(" ")' \
	"terms-unseen traceable-unseen vermagic-unseen$version"
run 1 nobody klp check $modules/klprt_test_no_such_vmlinux_function.ko
says function-missing
run 1 nobody klp-load --json $modules/klprt_test_replace_a.ko
json .result failed
json '.message | startswith("needs root: cannot ")' true
says /run/klp
no_livepatch
run 0 klp-load $modules/klprt_test_replace_a.ko
run 4 nobody klp status --json
json '.patches[0].functions[0].state' unseen

# denies_once COMMAND FILE...: one line lists the files that may not be read, then the
# command.
denies_once()
{
	local denied
	denied=$(grep -A1 'may not read' <<<"$out")
	[[ $denied == 'unseen: this user may not read '*$'\n'"       run 'sudo $1'" ]] || fail "it says: $out"
	shift
	says "$@"
	! grep -F 'Permission denied' <<<"$out$err" || fail 'what may not be read stands in other lines, too'
}
run 4 nobody klp status
denies_once 'klp status' /sys/kernel/debug/tracing/enabled_functions /proc/kcore
run 4 nobody klp check $modules/klprt_test_states.ko
denies_once "klp check $modules/klprt_test_states.ko" /run/klp/patches/klprt_test_replace_a states-unseen
run 4 nobody klp check --json $modules/klprt_test_states.ko
json '.findings[] | select(.id == "states-unseen") | .message' \
	"the states of 'klprt_test_replace_a' are not known: cannot open '/run/klp/patches/klprt_test_replace_a': Permission denied"
run 1 nobody klp unload klprt_test_replace_a
says 'needs root'
run 0 klp status
