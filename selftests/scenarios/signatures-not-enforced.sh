#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A kernel that asks for no signature takes one by an unknown key for none, and refuses
# one that is broken.
. "$(dirname "$0")/lib.sh"

while read -r module errno; do
	refused "$module" signature-broken "$errno"
done <<'TABLE'
variant_signed_attributes EKEYREJECTED
variant_signed_certificate_flipped EKEYREJECTED
variant_signed_cut EBADMSG
TABLE

for module in variant_signed_key_id variant_signed_serial variant_signed_flipped; do
	run 0 klp check --json $modules/$module.ko
	json '[.findings[].id | select(startswith("signature"))] | join(" ")' signature-ignored
	run 0 klp-load --json $modules/$module.ko
	json .result applied
	[[ $(cat /sys/module/klprt_test_replace_a/taint) == *E* ]] || fail "no taint E"
	run 0 klp unload klprt_test_replace_a
done
run 4 klp check --json $modules/variant_signed_certificate.ko
json '[.findings[].id | select(startswith("signature"))] | join(" ")' signature-unseen
