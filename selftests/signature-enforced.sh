#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --append module.sig_enforce=1
# The kernel takes signed modules only: foretold with the kernel's own errno.
. "$(dirname "$0")/lib.sh"

run 1 klp check --json $modules/klprt_test_replace_a.ko
json '.findings[0].id' signature-missing
json .errno 129
[[ $(insmod_errno $modules/klprt_test_replace_a.ko) == EKEYREJECTED ]] || fail "no EKEYREJECTED"
