#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --smp 2
# A patch that is marked as not removable: unloading disables it, and its
# code stays in memory, also where a load is reversed.
. "$(dirname "$0")/lib.sh"

keeps_patches=1
marked=$modules/klprt_test_not_removable.ko

is_there()
{
	grep -q "^$1 " /proc/modules || fail "the module '$1' is gone"
}

load_target
run 0 klp check $marked
says 'klprt_test_not_removable: made by klp-build 0.1 from fix.patch for 6.1.0-55-amd64' \
	'  replaces 1 function of klprt_test_target' \
	"cannot be taken out of memory: 'klprt_target_value' is a timer?[31m function" \
	'[not-removable]'
run 0 klp check --json $marked
json .removable false
json '.manifest.patches[0].file' fix.patch
json '.findings[] | select(.id == "not-removable") | .severity' warning
run 0 klp check --json $modules/klprt_test_value.ko
json .removable true
json .manifest null

run 0 klp-load $marked
value_is klprt_test_not_removable
run 3 klp unload --json klprt_test_not_removable
json .result lingering
json .message "disabled, and its module stays in memory: 'klprt_test_not_removable' has to stay: it is marked as not removable, since other code may keep the address of its functions"
value_is original
is_there klprt_test_not_removable
run 0 klp status --json
json '.staying[0]' klprt_test_not_removable
json '.leftovers | length' 0
run 0 klp status klprt_test_not_removable
says 'klprt_test_not_removable: disabled; its module has to stay in memory until the next boot'
run 3 klp unload klprt_test_not_removable
says 'klprt_test_not_removable: disabled: '
is_there klprt_test_not_removable

echo "# the kernel itself keeps what klp-build made"
sleep_in sleep klprt_target_sleep
run 3 klp-load --json --timeout 8 $modules/klprt_test_init_part_stays.ko
json .result reversed
is_there klprt_test_init_part_stays
wake
wait "$sleeper"
rmmod klprt_test_init_part_stays 2>/dev/null && fail "rmmod removed it"
is_there klprt_test_init_part_stays
run 0 klp status --json
json '.staying | sort | join(" ")' 'klprt_test_init_part_stays klprt_test_not_removable'

echo "# what its callback undoes can go, unless the callback was not called"
run 0 klp-load $modules/klprt_test_init_part_undoes.ko
run 0 klp unload klprt_test_init_part_undoes
dmesg | grep -q 'klprt_test_init_part_undoes: post_unpatch' || fail "the callback was not called"
run 0 klp-load $modules/klprt_test_init_part_undoes.ko
run 0 klp-load --json $modules/klprt_test_init_part_replace.ko
json '.replaced[] | select(.name == "klprt_test_init_part_undoes").why_it_stays' \
	"'klprt_test_init_part_undoes' has to stay: the kernel calls no callback of a patch that another replaces"
run 0 klp status --json
json '.staying | any(. == "klprt_test_init_part_undoes")' true
until_true eval '[[ $(ls /sys/kernel/livepatch) == klprt_test_init_part_replace ]]'
run 3 klp unload --json klprt_test_init_part_undoes
json .result lingering
json .message "disabled, and its module stays in memory: 'klprt_test_init_part_undoes' has to stay: the kernel calls no callback of a patch that another replaces"
rmmod klprt_test_init_part_undoes 2>/dev/null && fail "rmmod removed it"
is_there klprt_test_init_part_undoes
