#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# klp watch shows a transition that somebody else began: its start, who holds it up
# and in which function, its turning round, its end. So it does without BPF, and, but
# for the names, without root.
. "$(dirname "$0")/lib.sh"

# watch NAME COMMAND...: in the background, into /tmp/NAME; returns once it watches.
watch()
{
	local name=$1
	shift
	"$@" >"/tmp/$name" 2>"/tmp/$name.err" &
	background+=($!)
	watchers+=($!)
	until_true grep -q watching "/tmp/$name" "/tmp/$name.err"
}

# event NAME EVENT FILTER: NAME writes such an event, and its first one is so.
event()
{
	until_true grep -q "\"event\":\"$2\"" "/tmp/$1"
	[[ $(grep "\"event\":\"$2\"" "/tmp/$1" | head -1 | jq "$3") == true ]] ||
		fail "not so: $3: $(cat "/tmp/$1")"
}

watchers=()
load_target
sleep_in sleep klprt_target_sleep
watch bpf klp watch --json
watch kmsg klp watch --no-bpf
watch nobody setpriv --reuid 65534 --regid 65534 --clear-groups klp watch --json
event bpf watching '.source == "bpf" and .message == ""'
event nobody watching '.source == "sysfs" and (.message | contains("CAP_BPF"))'
grep -q 'the kernel log: BPF was not to be used' /tmp/kmsg.err || fail "$(cat /tmp/kmsg.err)"

insmod $modules/klprt_test_sleep.ko || fail "it does not load"
event bpf start '.patch == "klprt_test_sleep" and .patching'
until_true grep -q '"reason":"in-function"' /tmp/bpf
grep '"reason":"in-function"' /tmp/bpf | head -1 >/tmp/waiting
out=$(jq -c ".tasks[] | select(.tid == $sleeper)" /tmp/waiting)
json '[.comm, .state, .function, .depth] | join(" ")' 'cat S klprt_target_sleep [klprt_test_target] 0'
json '.since_ms > 0' true
until_true grep -q "1 in klprt_target_sleep \[klprt_test_target\]: cat ($sleeper)" /tmp/kmsg
event nobody start '.patching'
event nobody waiting '.errno == 13 and (.message | contains("patch_state"))'

echo 0 >/sys/kernel/livepatch/klprt_test_sleep/enabled
event bpf reverse '.patching == false'
event bpf complete '.patching == false and .lost == 0'
event nobody complete '.patch == "klprt_test_sleep"'
until_true grep -q 'unpatching complete after' /tmp/kmsg
grep -q 'turned round, now unpatching' /tmp/kmsg || fail "no reversal: $(cat /tmp/kmsg)"

kill -TERM "${watchers[@]}"
for watcher in "${watchers[@]}"; do
	wait "$watcher" || fail "a watcher exited with $?"
done
sed 's/^/# json /' /tmp/bpf /tmp/nobody
