#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --append lockdown=integrity
# Lockdown, as under Secure Boot: unsigned modules get EPERM. BPF still sees the kernel. With
# lockdown at confidentiality BPF doesn't, and klp uses other sources.
. "$(dirname "$0")/lib.sh"

mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
refused klprt_test_replace_a signature-lockdown EPERM

run 0 klp inspect --json --window 0 $modules/klprt_test_replace_a.ko
json .source bpf
echo confidentiality >/sys/kernel/security/lockdown
run 0 klp inspect --json --window 0 $modules/klprt_test_replace_a.ko
json .source proc
says "lockdown is 'confidentiality'"
run 4 klp inspect --json --calls 1 $modules/klprt_test_replace_a.ko
json .errno 1
