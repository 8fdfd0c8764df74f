#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The time of a transition is the kernel's: from "starting patching transition" to "patching
# complete" in its log, whatever klp watches by.
. "$(dirname "$0")/lib.sh"

# kernel_ms: of the last transition.
kernel_ms()
{
	dmesg | awk '
		/patching transition$/ || /patching complete$/ {
			gsub(/[][]/, " ")
			if (/transition$/) start = $1; else end = $1
		}
		END { printf "%d\n", (end - start) * 1000 }'
}

load_target
for options in '' '--no-bpf --no-runtime --no-assist'; do
	# shellcheck disable=SC2086 # one word an option
	run 0 klp-load --json $options $modules/klprt_test_value.ko
	json .transition_start_seen true
	klp_ms=$(jq '.times_ms.transition | floor' <<<"$out")
	kernel_ms=$(kernel_ms)
	echo "# ${options:-no option}: $klp_ms ms, and $kernel_ms ms in the kernel's log"
	((klp_ms <= kernel_ms + 60 && kernel_ms <= klp_ms + 60)) ||
		fail "${options:-no option}: klp says $klp_ms ms, the kernel's log $kernel_ms ms"
	run 0 klp unload klprt_test_value
done
