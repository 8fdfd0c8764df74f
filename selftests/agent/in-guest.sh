#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The guest's part of selftests/agent/guest: a machine attaches, and gets what its tier has.

. "$(dirname "$0")/lib.sh"
number=0

# ok NAME: what came before it was as it should be; a failure ends the script.
ok()
{
	number=$((number + 1))
	echo "ok $number agent $release: $1"
}

# shellcheck disable=SC2317 # the EXIT trap
plan()
{
	[[ $? == 0 ]] || echo "not ok $((number + 1)) agent $release: see above: $out $err"
	kill "${background[@]}" 2>/dev/null
	[[ ! -e /var/log/klpd ]] || sed 's/^/# klpd: /' /var/log/klpd
	echo "1..$steps"
}
steps=14
trap plan EXIT

in_tier()
{
	printf 'probation = 0\ntier = %s\n' "$1" >/etc/klp/agent.conf
}

# shows FILE MODULE: the module's function is what runs.
shows()
{
	[[ $(cat "$1") == "$2" ]] || fail "$1 shows '$(cat "$1")' instead of '$2'"
}

install_agent
in_tier stable

run 0 klp status
says 'not attached: sudo klp attach TOKEN' 'no livepatch is loaded'
run 2 klp frobnicate
says "unknown command 'frobnicate'"
ok 'a machine that was never attached says so'

klp attach - <token >/tmp/attached || fail "klp attach: $(cat /tmp/attached)"
grep -q '^OK: patch 1 is active; nothing newer for this machine$' /tmp/attached || fail "$(cat /tmp/attached)"
shows /proc/cmdline klprt_test_replace_one
run 0 klp status
says 'OK: patch 1 is active; nothing newer for this machine' 'klprt_test_replace_one: '
run 0 klp status --json
json '.patches[0].name' klprt_test_replace_one
ok 'one token, and the livepatch is active'

# Readers that never pause, so that the transition has work to do.
for _ in 1 2; do
	while :; do cat /proc/loadavg /proc/cmdline >/dev/null; done &
	background+=($!)
done
in_tier next
run 0 klp refresh
says 'OK: patch 2 is active; nothing newer for this machine'
shows /proc/cmdline klprt_test_replace_both
shows /proc/loadavg klprt_test_replace_both
[[ ! -e /sys/kernel/livepatch/klprt_test_replace_one ]] || fail "the first version is still there"
kill "${background[@]}"
wait 2>/dev/null
background=()
ok 'the next version replaces it in one transition, under load'

in_tier recalled
run 0 klp refresh
says 'OK: patch 2 is active; patch 4 is recalled (it blocks)'
in_tier wrong-build
run 0 klp refresh
says 'AT RISK: patch 5 is refused (wrong-build: it is for build '
run 3 klp status
says 'AT RISK: patch 5 is refused (wrong-build: ' 'klprt_test_replace_both: '
in_tier below
run 0 klp refresh
[[ $(jq -r '.refused[] | "\(.version) \(.why)"' /run/klpd/status.json) == '1 below-minimum' ]] ||
	fail "$(cat /run/klpd/status.json)"
in_tier unfit
run 0 klp refresh
says 'AT RISK: patch 6 failed (vermagic-mismatch: '
shows /proc/cmdline klprt_test_replace_both
ok 'recalled, wrong build, below the minimum, unfit: each is refused by its name'

in_tier next
run 0 klp unload klprt_test_replace_both
run 3 klp status
says "AT RISK: klpd applied 'klprt_test_replace_both', which is not active" 'no livepatch is loaded'
ok 'a status that the kernel contradicts is not believed'

klpd 2>/var/log/klpd &
klpd=$!
background+=("$klpd")
until_true grep -q klprt_test_replace_both /proc/cmdline
run 0 klp refresh
says 'OK: patch 2 is active; nothing newer for this machine'
ok 'klpd applies at its start what was committed'

kill -TERM "$klpd"
wait "$klpd" || fail "klpd ended with $?"
background=()
shows /proc/cmdline klprt_test_replace_both
ok 'klpd ends at SIGTERM, and the livepatch stays'

echo @recall
is_recalled()
{
	klp refresh | grep -q '^AT RISK: patch 2 is recalled, to be replaced by 3: it oopses$'
}
until_true is_recalled
ok 'a recall of what is active is a risk'

load_target
run 0 klp-load $modules/klprt_test_value.ko
in_tier forward
run 0 klp refresh
says "AT RISK: patch 2 is recalled, to be replaced by 3"
[[ $(jq -r '.failed[] | select(.version == 3) | .reason' /run/klpd/status.json) == \
	"it would remove the livepatch 'klprt_test_value', which klpd did not load;"* ]] ||
	fail "$(cat /run/klpd/status.json)"
value_is patched
shows /proc/cmdline klprt_test_replace_both
ok 'a livepatch of somebody else is left alone'

run 0 klp unload klprt_test_value
run 0 klp apply
says 'OK: patch 3 is active; nothing newer for this machine'
value_is klprt_test_init_part_replace
[[ ! -e /sys/kernel/livepatch/klprt_test_replace_both ]] || fail "the recalled version is still there"
ok 'the recall rolls forward, and drops only functions of its predecessor'

run 0 klp disable --unload
says 'OFF: disabled by root at '
run 3 klp status
says 'OFF: ' 'no livepatch is loaded'
value_is original
run 0 klp enable
says 'OK: patch 3 is active'
value_is klprt_test_init_part_replace
ok 'disabled, unloaded, enabled'

# enables_after FAULT: klp enable meets the fault (die-at.c) as it applies the patch. It leaves the old or
# the new state, from which the next round goes on. status and words are those of the first.
enables_after()
{
	klp disable --unload >/tmp/out 2>/tmp/err || fail "$1: $(cat /tmp/err)"
	env LD_PRELOAD=/root/die-at.so "$1" /usr/libexec/klp/klp-enable >/tmp/out 2>/tmp/err
	status=$? words=$(cat /tmp/out /tmp/err)
	klp enable >/tmp/out 2>/tmp/err || fail "$1: $(cat /tmp/err)"
	grep -q '^OK: patch 3 is active' /tmp/out || fail "$1: $(cat /tmp/out)"
	value_is klprt_test_init_part_replace
}

for ((step = 3; ; step += 17)); do
	enables_after "DIE_AT=$step"
	[[ $status == 137 || $status == 0 ]] || fail "step $step: $status: $words"
	[[ $status == 137 ]] || break
done
((step > 40)) || fail "only $step steps: the preload does not see them"
ok 'a death at any step of applying leaves the old or the new state'

for ((step = 2; ; step += 29)); do
	enables_after "FULL_AT=$step"
	[[ $words == *'No space left on device'* ]] || break
done
((step > 31)) || fail "only $step steps: the preload does not see them"
ok 'a disk that is full at any step of applying leaves the old or the new state'

run 0 klp detach
run 0 klp status
says 'not attached' 'klprt_test_init_part_replace: '
ok 'a detached machine keeps its livepatch'
