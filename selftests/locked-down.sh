#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --append lockdown=integrity
# Lockdown, as under Secure Boot: unsigned modules get EPERM.
. "$(dirname "$0")/lib.sh"

mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
run 1 klp check --json $modules/klprt_test_replace_a.ko
json '.findings[0].id' signature-lockdown
json .errno 1
[[ $(insmod_errno $modules/klprt_test_replace_a.ko) == EPERM ]] || fail "no EPERM"
