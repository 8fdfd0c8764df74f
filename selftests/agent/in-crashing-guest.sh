#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The guest's part of selftests/agent/crash: the steps of one boot.

. "$(dirname "$0")/lib.sh"

shows()
{
	grep -q "$1" /proc/cmdline
}

# policy PROBATION TIER: in minutes
policy()
{
	printf 'probation = %s\ntier = %s\n' "$1" "$2" >/etc/klp/agent.conf
}

# crash: as a defect of the livepatch would. Nothing syncs the disk for klpd.
crash()
{
	echo c >/proc/sysrq-trigger
}

mkdir -p /var/lib/klpd
mount -t ext4 /dev/vda /var/lib/klpd || fail "the disk with klpd's folder cannot be mounted"
install_agent
case $1 in
1)
	policy 0 stable
	klp attach - <token >/tmp/attached || fail "klp attach: $(cat /tmp/attached)"
	policy 600 next
	run 0 klp refresh
	says 'OK: patch 2 is active'
	shows klprt_test_replace_both || fail "patch 2 is not active"
	echo "ok 1 agent $release: a version is on probation"
	crash
	;;
2)
	policy 600 next
	klpd &
	until_true shows klprt_test_replace_both
	echo "ok 2 agent $release: after a crash it is applied once more"
	crash
	;;
3)
	policy 600 next
	klpd &
	background+=($!)
	until_true shows klprt_test_replace_one
	is_held()
	{
		[[ $(klp status) == 'AT RISK: patch 2 is held (two boots ended soon after it was applied)'* ]]
	}
	until_true is_held
	shows klprt_test_replace_one || fail "patch 1 is not active: $(cat /proc/cmdline)"
	echo "ok 3 agent $release: after the second crash it is held, and the version before is active"
	run 0 klp unhold 2
	until_true shows klprt_test_replace_both
	run 0 klp status
	says 'OK: patch 2 is active'
	echo "ok 4 agent $release: klp unhold applies it again"
	kill "${background[@]}"
	wait
	;;
esac
