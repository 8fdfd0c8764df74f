#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --copy "$build/built/$kernel:/root/built"
# A fix gives a table other values: all users see the new table, and the old table again after
# the unload. Somebody may have kept the table's strings, or the address of a set of BTF ids
# that comes with its users: these stay in memory.
. "$(dirname "$0")/lib.sh"

state()
{
	sed -n 's/^State:\t//p' /proc/1/status
}

[[ $(state) == 'S (sleeping)' ]] || fail "the first process is '$(state)'"
run 0 klp-load --json built/klp_table.ko
json '.verified | map(.function) | sort | join(" ")' 'do_task_stat proc_pid_status'
[[ $(state) == 'S (patched)' ]] || fail "the table is the old one: '$(state)'"
run 3 klp unload --json klp_table
json '.result' lingering
[[ $(state) == 'S (sleeping)' ]] || fail "the table is still the new one: '$(state)'"
run 0 klp-load --json built/klp_types.ko
json '.result' applied
run 3 klp unload --json klp_types
json '.result' lingering
no_livepatch
