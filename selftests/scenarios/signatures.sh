#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --append module.sig_enforce=1
# The kernel takes only modules that a key of its own signed: predicted, with its errno.
. "$(dirname "$0")/lib.sh"

# module finding errno
while read -r module id errno; do
	refused "$module" "$id" "$errno"
done <<'TABLE'
klprt_test_replace_a signature-missing EKEYREJECTED
variant_signed_key_id signature-untrusted EKEYREJECTED
variant_signed_serial signature-untrusted EKEYREJECTED
variant_signed_flipped signature-untrusted EKEYREJECTED
variant_signed_marker signature-untrusted EKEYREJECTED
variant_signed_attributes signature-broken EKEYREJECTED
variant_signed_certificate_flipped signature-broken EKEYREJECTED
variant_signed_cut signature-broken EBADMSG
TABLE

# klp does not call a module of the kernel's own untrusted; it refuses the module as no patch.
run 1 klp check --json $modules/variant_own.ko
json '[.findings[] | select(.severity == "error").id] | join(" ")' not-a-livepatch
json '[.findings[] | select(.id == "signature-unseen").message | test("which the kernel has")] | all' true
[[ $(insmod_errno $modules/variant_own.ko) == 0 ]] || fail "the kernel refuses its own module"
rmmod pktgen
# Only the kernel sees whether the bytes are those that were signed.
run 1 klp check --json $modules/variant_own_flipped.ko
json '[.findings[] | select(.id == "signature-unseen")] | length' 1
[[ $(insmod_errno $modules/variant_own_flipped.ko) == EKEYREJECTED ]] || fail "a changed module goes in"

# Those that may not look do not guess.
run 4 setpriv --reuid 65534 --clear-groups klp check --json $modules/variant_signed_serial.ko
json '[.findings[] | select(.id == "signature-unseen").message | test("does not show")] | all' true
