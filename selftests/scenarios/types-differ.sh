#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Patches that were compiled with altered headers: the kernel would load them. klp finds the member, the
# constant and the parameter that differ.
. "$(dirname "$0")/lib.sh"

# finds TEXT: it is the only finding about types.
finds()
{
	json '[.findings[] | select(.id | test("^(types?|prototype)-"))] | map(.id + ": " + .message) | join("\n")' "$1"
}

run 1 klp check --json $modules/klprt_test_altered_member.ko
finds "type-differs: struct seq_file: the patch has 'klprt_inserted' at 0, this kernel has no such member"
json .errno 0
run 1 klp check --json $modules/klprt_test_altered_enum.ko
finds "type-differs: enum migrate_mode: 'MIGRATE_KLPRT' is 0 in the patch, and this kernel has no such value"
run 1 klp-load --json $modules/klprt_test_altered_prototype.ko
json .result refused
finds "prototype-differs: the replacement of 'cmdline_proc_show': it has 3 parameters in the patch, 2 in this kernel"
no_livepatch

# Without debug information a patch still has BTF, but not on 6.1: its headers have no BTF of vmlinux.
run 0 klp check --json $modules/variant_stripped.ko
if [[ $release == 6.1.* ]]; then
	json '[.findings[] | select(.id == "types-unknown")] | length' 1
else
	finds "type-may-differ: struct seq_file: the patch has 'klprt_inserted' at 0, this kernel has no such member"
fi

# A structure of the patch's own is what its author wants.
run 0 klp check --json $modules/klprt_test_altered_own.ko
json '[.findings[] | select(.id == "type-may-differ").severity] | join(" ")' warning
run 0 klp check --json $modules/klprt_test_value.ko
finds ''
