#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --append lsm=capability,bpf
# Each kind of tracer that Debian's kernels allow, on a patched function, attached before the
# patch and after. The test checks whose code calls reach then, and that klp says the same.
. "$(dirname "$0")/lib.sh"

# attach KIND...: on $function; a program that gives an answer answers ETIME.
attach()
{
	local said
	# An LSM program is told the hook, and lies on the function that stands for it.
	coproc tracer { exec attach "${function#bpf_lsm_}" -62 "$@" 2>&1; }
	read -r said <&"${tracer[0]}"
	[[ $said == attached ]] || fail "$* not attached: $said $(cat <&"${tracer[0]}")"
}

detach()
{
	local pid=$tracer_PID to=${tracer[1]}
	exec {to}>&-
	wait "$pid"
	until_true no_program
}

no_program()
{
	! grep -q " D" <(grep "^$function " /sys/kernel/tracing/enabled_functions)
}

# answers old|new|program: the answer that setpriority() got.
answers()
{
	local said found=old
	said=$(renice -n 0 -p $$ 2>&1)
	[[ $said != *'cross-device'* ]] || found=new
	[[ $said != *'Timer expired'* ]] || found=program
	[[ $found == "$1" ]] || fail "it is the $found code that answers: '$said'"
}

# before WHO RESULT KIND...: the patch goes in after these, and WHO answers; they leave.
before()
{
	local who=$1 result=$2 status=0
	shift 2
	[[ $result == applied ]] || status=3
	attach "$@"
	run $status klp-load --json "$modules/$patch.ko"
	json .result "$result"
	answers "$who"
	detach
	answers new
	run 0 klp unload "$patch"
	answers old
}

# after WHO VERDICT KIND...: the patch is there, and WHO answers; they leave.
after()
{
	local who=$1 verdict=$2 status=0
	shift 2
	[[ $verdict == in-force ]] || status=3
	attach "$@"
	answers "$who"
	run $status klp status --json "$patch"
	json '.patches[0].verdict' "$verdict"
	json '.patches[0].stacks_unread' ''
	json '.patches[0].tracers | map(.kind) | join(" ")' "$*"
	detach
	answers new
}

function=security_task_setnice patch=klprt_test_hook
answers old
before new applied fentry fexit
before new applied kprobe kretprobe
before program unverified fmod_ret
run 0 klp-load $modules/$patch.ko
for kind in fentry fexit kprobe kretprobe; do
	after new in-force $kind
done
after program unverified fmod_ret
run 0 klp status $patch
run 0 klp unload $patch

function=bpf_lsm_task_setnice patch=klprt_test_lsm_hook
before program unverified lsm
run 0 klp-load $modules/$patch.ko
after program unverified lsm
