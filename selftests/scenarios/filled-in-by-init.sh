#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module's own code or parameters change static arrays before the kernel gets them. klp
# says that the file does not tell the functions. Afterwards klp verifies the functions that
# the kernel has.
. "$(dirname "$0")/lib.sh"

# unknown MODULE: the check does not pretend to know.
unknown()
{
	run 4 klp check --json "$modules/$1.ko"
	json .verdict undecided
	json '[.findings[] | select(.id == "encoding-unknown")] | length' 1
	json '[.findings[] | select(.severity == "error")] | length' 0
}

# loads MODULE FUNCTIONS [PARAMETER]...: the patch then has these functions.
loads()
{
	local module=$1 functions=$2
	shift 2
	run 0 klp-load --json "$modules/$module.ko" "$@"
	json .result applied
	json '.verified | map(.object + ":" + .function) | sort | join(" ")' "$functions"
	run 0 klp status --json
	json '.patches[0].verdict' in-force
	run 0 klp unload "$module"
}

for module in klprt_test_filled_{allocated,drop,functions,kprobe,object,parameter}; do
	unknown $module
done
loads klprt_test_filled_allocated vmlinux:cmdline_proc_show
loads klprt_test_filled_functions 'vmlinux:cmdline_proc_show vmlinux:version_proc_show'
loads klprt_test_filled_drop vmlinux:cmdline_proc_show
loads klprt_test_filled_drop 'vmlinux:cmdline_proc_show vmlinux:version_proc_show' both=1

# A function that no kernel has: only the kernel can know.
run 1 klp-load --json $modules/klprt_test_filled_functions.ko first=no_such_proc_show
json .result failed
json '.errno' 22

# Its function is none of the kernel's while the target is not there.
run 1 klp-load --json $modules/klprt_test_filled_kprobe.ko
json .result failed
json '.errno' 2

load_target
loads klprt_test_filled_allocated klprt_test_target:klprt_target_value target=1
loads klprt_test_filled_kprobe klprt_test_target:klprt_target_value
loads klprt_test_filled_object klprt_test_target:klprt_target_value
loads klprt_test_filled_parameter klprt_test_target:klprt_target_value object=klprt_test_target
