#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The target comes after the patch, and is another build than the patch was made for. The
# kernel still patches the target; klp calls the patch unverified as long as the target is
# there.
. "$(dirname "$0")/lib.sh"

# Sets build_id to that of a module's file, in hexadecimal.
read_build_id()
{
	insmod "$1" || fail "$1 does not load"
	build_id=$(od -An -tx1 -j16 -v /sys/module/klprt_test_target/notes/.note.gnu.build-id | tr -d ' \n')
	rmmod klprt_test_target
	[[ ${#build_id} == 40 ]] || fail "the build id is '$build_id'"
}

right=$modules/klprt_test_target.ko
read_build_id "$right"
# The same module with another build id: its last byte is the other way round. The file is
# edited as hexadecimal digits: a build id's bytes may be any, and some mean something to sed.
other_id=${build_id:0:38}$(printf %02x $((0xff ^ 0x${build_id:38})))
digits=$(od -An -tx1 -v "$right" | tr -d ' \n')
[[ $digits == *"$build_id"* ]] || fail "$right does not hold its build id $build_id"
printf "$(sed 's/../\\x&/g' <<<"${digits/"$build_id"/"$other_id"}")" >wrong.ko
sed "s/klprt_test_target:0\{40\}/klprt_test_target:$build_id/" $modules/klprt_test_target_build.ko >patch.ko

run 0 klp-load --json patch.ko
json .message 'enabled; what is waiting applies when its module comes'
klp watch >watched 2>/dev/null &
background+=($!)

insmod wrong.ko || fail "the other build does not load"
value_is klprt_test_target_build
run 3 klp status --json
json '.patches[0].verdict' unverified
json '.patches[0].functions[0].state' unproved
says "the patch was made for the build $build_id of klprt_test_target; in memory is"
until_true grep -q 'the patch was made for the build' watched
run 3 klp-load --json patch.ko
json .result unverified
run 1 klp check --json patch.ko
json '[.findings[] | select(.id == "build-id-mismatch")] | length' 1
rmmod klprt_test_target
run 0 klp status

insmod "$right" || fail "the right build does not load"
run 0 klp status --json
json '.patches[0].verdict' in-force
run 0 klp-load --json patch.ko
json .result applied
