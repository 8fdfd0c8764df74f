#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# klp watch shows a transition that somebody else began: its start, the task that holds it up
# and in which function, its reversal, its being forced, its end, or that there is none. klp
# watch does so without BPF, and, but for the names, without root.
. "$(dirname "$0")/lib.sh"

# The test reads each watcher's output as it comes: repeated checks would take the CPU from the
# kernel that the watcher waits for.
declare -A watchers lines

# watch NAME COMMAND...
watch()
{
	local fd
	exec {fd}< <(exec "${@:2}" 2>&1)
	watchers[$1]=$! lines[$1]=$fd
}

# until_it_says NAME TEXT: reads on to a line with TEXT, and puts the line into $out.
until_it_says()
{
	local seen=''
	while read -rt 240 -u "${lines[$1]}" out; do
		[[ $out != '{"schema":'* ]] || echo "# json $out"
		[[ $out != *"$2"* ]] || return 0
		seen+=$out$'\n'
	done
	fail "$1 does not say '$2', but: $seen"
}

# event NAME EVENT FILTER: the next such event is so.
event()
{
	until_it_says "$1" "\"event\":\"$2\""
	[[ ! ${3:-} ]] || json "$3" true
}

load_target
sleep_in sleep klprt_target_sleep
watch bpf klp watch --json
event bpf watching '.source == "bpf" and .message == ""'
watch nobody setpriv --reuid 65534 --regid 65534 --clear-groups klp watch --json
event nobody watching '.source == "sysfs" and (.message | contains("CAP_BPF"))'
watch kmsg klp watch --no-bpf
until_it_says kmsg 'watching through the kernel log: BPF was not to be used'

insmod $modules/klprt_test_sleep.ko || fail "it does not load"
event bpf start '.patch == "klprt_test_sleep" and .patching'
until_it_says bpf '"reason":"in-function"'
out=$(jq -c ".tasks[] | select(.tid == $sleeper)" <<<"$out")
json '[.comm, .state, .function, .depth] | join(" ")' 'cat S klprt_target_sleep [klprt_test_target] 0'
json '.since_ms > 0' true
until_it_says kmsg "1 in klprt_target_sleep [klprt_test_target]: cat ($sleeper)"
event nobody start '.patching'
event nobody waiting '.errno == 13 and (.message | contains("patch_state"))'

echo 0 >/sys/kernel/livepatch/klprt_test_sleep/enabled
event bpf reverse '.patching == false'
event bpf complete '.patching == false and .lost == 0'
event nobody complete '.patch == "klprt_test_sleep"'
until_it_says kmsg 'klprt_test_sleep: in transition (unpatching), reversed'
until_it_says kmsg 'unpatching complete after'
[[ $out == *': disabled' ]] || fail "the end is '$out'"

# Forced, since the task sleeps on. The user who forces must know that the task may be in the
# old code.
until_true rmmod klprt_test_sleep
insmod $modules/klprt_test_sleep.ko || fail "it does not load again"
event bpf start '.patching'
until_it_says bpf '"reason":"in-function"'
echo 1 >/sys/kernel/livepatch/klprt_test_sleep/force
event bpf force '.patch == "klprt_test_sleep"'
event bpf complete '.patching'

# A transition that a callback stops has begun, and does not complete.
! insmod $modules/klprt_test_prepatch_fails.ko 2>/dev/null || fail "its callback lets it in"
event bpf cancel '.patch == "klprt_test_prepatch_fails"'

kill -TERM "${watchers[@]}"
for name in "${!watchers[@]}"; do
	wait "${watchers[$name]}" || fail "$name exited with $?"
done

# Without BPF klp_runtime also tells of the passes, and how long they went on.
load_runtime
wake
run 0 klp unload klprt_test_sleep
watchers=()
watch runtime klp watch --no-bpf --json
event runtime watching '.source == "runtime" and .message == "BPF was not to be used"'
sleep_in sleep klprt_target_sleep
insmod $modules/klprt_test_sleep.ko || fail "it does not load"
event runtime start '.patching'
event runtime waiting '.pass == 1'
event runtime waiting ".pass > 1 and any(.tasks[]; .tid == $sleeper)"
echo 1 >/sys/kernel/livepatch/klprt_test_sleep/force
event runtime force
event runtime complete '.patching'
kill -TERM "${watchers[@]}"
wait "${watchers[runtime]}" || fail "the watcher of klp_runtime exited with $?"
