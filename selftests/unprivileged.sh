#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Without root check and status look at what they may, and say what they could not
# see; load and unload change nothing.
. "$(dirname "$0")/lib.sh"

nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
chmod 755 /root /root/test
run 4 nobody klp check --json $modules/klprt_test_replace_a.ko
json .verdict undecided
has_checksums && version=' version-unseen' || version=''
json '[.findings[] | select(.undecides)] | map(.id) | unique | join(" ")' \
	"traceable-unseen vermagic-unseen$version"
run 1 nobody klp check $modules/klprt_test_no_such_vmlinux_function.ko
says function-missing
run 1 nobody klp-load --json $modules/klprt_test_replace_a.ko
json .result failed
says /run/klp
no_livepatch
run 0 klp-load $modules/klprt_test_replace_a.ko
run 4 nobody klp status --json
json '.patches[0].functions[0].state' unseen
run 1 nobody klp unload klprt_test_replace_a
run 0 klp status
