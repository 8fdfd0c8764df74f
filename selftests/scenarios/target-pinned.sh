#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A patch in klp-build's form with relocations against a module. Before 6.3, where
# that module could not return, it cannot go while it is patched; later it may.
. "$(dirname "$0")/lib.sh"

# load NAME [PARAM=VALUE]...
load()
{
	insmod "$modules/$1.ko" "${@:2}" || fail "$1 does not load"
	until_true transition_of "$1" 0
}

# pinned YES|NO: whether the target can be unloaded. If it can, it was.
pinned()
{
	[[ $release == 6.1.* ]] || set -- no
	if [[ $1 == yes ]]; then
		rmmod klprt_test_target 2>/dev/null && fail "the target could be unloaded"
	else
		rmmod klprt_test_target || fail "the target stays"
	fi
}

patched()
{
	[[ $(cat /proc/klprt_test/value) == 'counter '* ]] || fail "value: $(cat /proc/klprt_test/value)"
	[[ $(cat /proc/klprt_test/twin) == '11 13' ]] || fail "twin: $(cat /proc/klprt_test/twin)"
}

echo "# loaded before the patch"
load_target
run 0 klp check --json $modules/klprt_test_init_part.ko
predicted=$(jq -r '[.findings[].id | select(startswith("target-"))] | join(" ")' <<<"$out")
[[ $release == 6.1.* ]] && expected=target-pinned || expected=''
[[ $predicted == "$expected" ]] || fail "predicted: '$predicted'"
run 0 klp-load --json $modules/klprt_test_init_part.ko
json '.result' applied
json '[.verified[] | .function + "," + (.sympos | tostring)] | sort | join(" ")' \
	'cmdline_proc_show,1 klprt_target_twin,2 klprt_target_value,1'
patched
grep -q klprt_test_init_part /proc/cmdline || fail "vmlinux is not patched"
pinned yes
[[ $release == 6.1.* ]] || load_target
patched
run 0 klp unload klprt_test_init_part
value_is original
pinned no

echo "# loaded after it"
load klprt_test_init_part
load_target
patched
pinned yes
run 0 klp unload klprt_test_init_part
rmmod klprt_test_target 2>/dev/null

echo "# the patch's own pre_patch fails"
load_target
[[ $(insmod_errno $modules/klprt_test_init_part.ko pre_patch_error=-19) == ENODEV ]] || fail "the patch loads"
pinned no
load klprt_test_init_part pre_patch_error=-19
[[ $(insmod_errno $modules/klprt_test_target.ko) == ENODEV ]] || fail "the target loads"
no_target=$(lsmod | grep -c '^klprt_test_target')
[[ $no_target == 0 ]] || fail "the target is still there"
run 0 klp unload klprt_test_init_part

echo "# the target's init fails"
run 0 klp check $modules/klprt_test_init_part.ko
[[ $release != 6.1.* ]] || says "if its init fails once, it cannot be loaded again while the patch is there"
run 0 klp-load $modules/klprt_test_init_part.ko
run 0 klp status --json
[[ $release != 6.1.* ]] || says "it loads again only without the patch (ENOEXEC before Linux 6.3)"
[[ $(insmod_errno $modules/klprt_test_target.ko init_error=-19) == ENODEV ]] || fail "the target loads"
# It was relocated against, and nothing holds it: what cannot be helped before 6.3.
second=$(insmod_errno $modules/klprt_test_target.ko)
[[ $release == 6.1.* ]] && expected=ENOEXEC || expected=0
[[ $second == "$expected" ]] || fail "the target, once more: $second"
run 0 klp unload klprt_test_init_part
rmmod klprt_test_target 2>/dev/null

echo "# replaced"
load_target
load klprt_test_init_part
load klprt_test_init_part_replace
value_is klprt_test_init_part_replace
# It has a state that a patch which replaces it must know.
[[ $(insmod_errno $modules/klprt_test_replace_one.ko) == EINVAL ]] || fail "the state is lost"
until_true [ ! -e /sys/kernel/livepatch/klprt_test_init_part ]
pinned yes
if [[ $release == 6.1.* ]]; then
	run 0 klp unload klprt_test_init_part_replace
	value_is original
	[[ $(cat /sys/module/klprt_test_target/refcnt) == 1 ]] || fail "not what the replaced patch holds"
fi
run 0 klp unload klprt_test_init_part
[[ $release != 6.1.* ]] || pinned no
