#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Before a load klp inspect names the tasks that will hold the load up, and in which function.
# Afterwards it counts which code the calls reach: the old, the new while the patch is loaded,
# the old again.
. "$(dirname "$0")/lib.sh"

# calls WHAT FILTER: a count gives numbers that are so.
calls()
{
	run 0 klp inspect --json --calls 0.3 "$1"
	json '.calls[0] | [.object, .function, .sympos] | join(" ")' 'klprt_test_target klprt_target_value 1'
	[[ $(jq ".calls[0] | $2" <<<"$out") == true ]]
}

load_target
sleep_in sleep klprt_target_sleep
for how in '' --no-bpf; do
	run 0 klp inspect --json --window 0.2 $how $modules/klprt_test_sleep.ko
	json .source "$([[ $how ]] && echo proc || echo bpf)"
	json '.tasks | length' 1
	json '.tasks[0] | [.tid, .comm, .function] | join(" ")' \
		"$sleeper cat klprt_target_sleep [klprt_test_target]"
	json '.tasks[0].seen == .passes and .passes > 1' true
done
mount -t tmpfs none /sys/kernel/btf
run 0 klp inspect --window 0 $modules/klprt_test_sleep.ko
says 'the kernel has no BTF' \
	"will wait for: cat ($sleeper) in klprt_target_sleep [klprt_test_target], seen 1 of 1 time"
run 4 klp inspect --json --calls 1 $modules/klprt_test_sleep.ko
json .errno 95
umount /sys/kernel/btf
wake
wait "$sleeper"
run 0 klp inspect --json --window 0 $modules/klprt_test_sleep.ko
json '.tasks | length' 0

while read -rt 0.02 <><(:) || cat /proc/klprt_test/value; do :; done >/dev/null &
reader=$!
background+=("$reader")
until_true calls $modules/klprt_test_value.ko '.old_code > 0 and .new_code == null'
run 0 klp-load $modules/klprt_test_value.ko
until_true calls klprt_test_value '.new_code > 0'
json '.calls[0].old_code' 0
run 0 klp status --json
json '.patches[0].verdict' in-force
run 0 klp unload klprt_test_value
until_true calls $modules/klprt_test_value.ko '.old_code > 0 and .new_code == null'
kill $reader

run 1 klp inspect --json klprt_test_value
json .errno 2
rmmod klprt_test_target
run 0 klp inspect --json --window 0 $modules/klprt_test_value.ko
json '.absent[0].function' klprt_target_value
chmod 755 /root /root/test
run 4 setpriv --reuid 65534 --regid 65534 --clear-groups klp inspect --json $modules/klprt_test_replace_a.ko
json .errno 13
says 'CAP_BPF'
