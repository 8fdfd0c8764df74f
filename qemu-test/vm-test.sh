#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests vm's promises by breaking each one on purpose. KTAP on stdout.
# usage: vm-test.sh [RELEASE]

set -euo pipefail
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
vm=$here/vm
release=${1:-}
[[ $release ]] || read -r release _ < <("$here/kernel" newest 6.1 6.12)
t=$(mktemp -d)
export TMPDIR=$t # a killed vm leaves its folder behind
trap 'rm -rf "$t"' EXIT
number=0 failed=0

report()
{
	number=$((number + 1))
	if [[ $2 == 0 ]]; then
		echo "ok $number $1"
	else
		echo "not ok $number $1"
		failed=1
	fi
}

# expect NAME WANTED GOT
expect()
{
	local rc=0

	if [[ $2 != "$3" ]]; then
		printf '# wanted: %s\n# got:    %s\n' "$2" "$3"
		rc=1
	fi
	report "$1" "$rc"
}

# boot NAME VM-ARGUMENT...: leaves NAME.out, .err, .status and .json.
boot()
{
	local name=$t/$1 rc=0
	shift

	"$vm" --kernel "$release" --result "$name.json" "$@" >"$name.out" 2>"$name.err" || rc=$?
	echo "$rc" >"$name.status"
}

verdict()
{
	echo "$(<"$t/$1.status") $(<"$t/$1.json")"
}

# start NAME VM-ARGUMENT...: one in the background, whose command says that it
# runs. Sets job.
start()
{
	local name=$t/$1 up word
	shift

	mkfifo "$name.up"
	exec {up}<>"$name.up"
	"$vm" --kernel "$release" --result "$name.json" "$@" >"$name.up" 2>"$name.err" &
	job=$!
	read -r -t 60 -u "$up" word
	[[ $word == up ]]
}

# finish NAME JOB
finish()
{
	local rc=0

	{ wait "$2" || rc=$?; } 2>"$t/wait"
	echo "$rc" >"$t/$1.status"
}

qemu_of()
{
	pgrep -P "$1" -x qemu-system-x86
}

without_boot()
{
	local rc=0

	"$vm" --kernel 0.0.1-amd64 -- true 2>"$t/err" || rc=$?
	expect "an unknown release is named" "1 1" "$rc $(grep -c "^kernel: '0.0.1-amd64' is not in what apt lists; nearest: [0-9]" "$t/err")"
	rc=0
	"$vm" --kernel "$release" --frobnicate -- true 2>"$t/err" || rc=$?
	expect "an unknown option is usage" "2 vm: '--frobnicate' is not an option; see 'vm --help'" "$rc $(<"$t/err")"
	rc=0
	"$vm" --kernel "$release" 2>"$t/err" || rc=$?
	expect "a missing command is usage" "2" "$rc"
	rc=0
	"$vm" --kernel "$release" --forward 65536 -- true 2>"$t/err" || rc=$?
	expect "a forwarded port is one" "2 vm: --forward takes a TCP port, 1 to 65535, not '65536'; see 'vm --help'" "$rc $(<"$t/err")"
	rc=0
	"$vm" --kernel "$release" --module no_such_module -- true 2>"$t/err" || rc=$?
	expect "an unknown module is named" "1 1" "$rc $(grep -c "^vm: no module 'no_such_module' in '$release'" "$t/err")"
}

# An apt that lists the "PACKAGE VERSION" lines on stdin, and has none of these packages.
listed()
{
	mkdir -p "$t/apt"
	cat >"$t/apt/list"
	printf '%s\n' '#!/bin/sh' "[ \$1 = depends ] && echo ' Depends: linux-kbuild-6.1' && exit" \
		"awk -v name=\"\$2\" '\$1 == name { print \$1, \"|\", \$2 }' $t/apt/list" >"$t/apt/apt-cache"
	printf '%s\n' '#!/bin/sh' exit\ 100 >"$t/apt/apt-get"
	chmod +x "$t/apt/apt-cache" "$t/apt/apt-get"
}

# kbuild VERSION...: the one taken for 6.1.192-1 where the archive has these.
kbuild()
{
	{ echo linux-headers-6.1.0-55-amd64 6.1.192-1; printf 'linux-kbuild-6.1 %s\n' "$@"; } | listed
	PATH=$t/apt:$PATH XDG_CACHE_HOME=$t/cache "$here/kernel" headers 6.1.0-55-amd64 2>&1 |
		sed -n "s/.*cannot download '.*linux-kbuild-6.1=\([^ ']*\)'.*/\1/p"
}

headers()
{
	expect "headers come with the linux-kbuild of their version" 6.1.192-1 \
		"$(kbuild 6.1.190-1 6.1.192-1 6.1.192-2)"
	expect "with the next one where that is gone" 6.1.192-2 "$(kbuild 6.1.200-1 6.1.9-1 6.1.192-2)"
	expect "with the last before where no later one is left" 6.1.190-1 "$(kbuild 6.1.176-1 6.1.190-1)"
}

streams()
{
	# shellcheck disable=SC2016 # for the guest
	boot streams -- 'head -c 20000000 /dev/urandom >/tmp/r; sha256sum </tmp/r >&2; cat /tmp/r; kill -9 $$'
	expect "20 MB come through stdout whole, apart from stderr" \
		"$(grep -v '^vm' "$t/streams.err")" "$(sha256sum <"$t/streams.out")"
	expect "a command's signal is 128 + n" '137 {"outcome": "exited", "status": 137}' "$(verdict streams)"
}

surroundings()
{
	local name
	mkdir "$t/folder"
	echo inside >"$t/folder/file"
	for name in in-{bin,sbin,usr-bin,usr-sbin,lib,root,folder}; do
		printf '#!/bin/sh\necho %s\n' "$name" >"$t/$name"
		chmod +x "$t/$name"
	done
	# shellcheck disable=SC2016 # for the guest
	boot surroundings --smp 1 --mem 512 --disk 64 --module ext4 --copy "$(type -P jq)" --copy "$t/folder" \
		--copy "$(type -P mkfs.ext4)" --copy "$t/folder:/opt/there" --copy "$t/in-bin:/bin/in-bin" \
		--copy "$t/in-sbin:/sbin/in-sbin" --copy "$t/in-usr-bin:/usr/bin/in-usr-bin" \
		--copy "$t/in-usr-sbin:/usr/sbin/in-usr-sbin" --copy "$t/in-lib:/lib/in-lib" \
		--copy "$t/in-root" --copy "$t/in-folder:/sbin/" -- '
		nproc; cat folder/file /opt/there/file; echo "{\"a\": 7}" | jq .a
		lsmod | grep -o ^jbd2; mkfs.ext4 -q /dev/vda && mount /dev/vda /mnt && grep -o "/mnt ext4" /proc/mounts
		for f in /proc/1 /sys/kernel /dev/null /dev/pts/ptmx /sys/kernel/tracing/trace /sys/kernel/debug/tracing; do
			[ -e $f ] || echo no $f; done
		grep -c " /sys/fs/bpf bpf " /proc/mounts; cat /sys/class/net/lo/flags; cat
		in-bin; in-sbin; in-usr-bin; in-usr-sbin; in-lib; /lib/in-lib; in-root; in-folder; exit 3'
	expect "files, libraries, modules, disk and mounts are there" \
		"1 inside inside 7 jbd2 /mnt ext4 1 0x9" "$(head -n 8 "$t/surroundings.out" | paste -sd' ')"
	expect "a program can be called wherever it was copied to" \
		"in-bin in-sbin in-usr-bin in-usr-sbin in-lib in-lib in-root in-folder" \
		"$(tail -n +9 "$t/surroundings.out" | paste -sd' ')"
	expect "status and result are the command's" '3 {"outcome": "exited", "status": 3}' "$(verdict surroundings)"
	expect "stderr holds nothing else" "" "$(<"$t/surroundings.err")"
}

# Each kind of line, as a kernel prints it, and lines that only look like one.
splat_lines()
{
	local line found
	# shellcheck source=splats.bash
	. "$here/splats.bash"
	while IFS= read -r line; do
		found+=$(splats_in '' <<<"[    1.234567] $line" | wc -l)
	done <<'LINES'
WARNING: CPU: 0 PID: 1 at kernel/livepatch/core.c:1 klp_init+0x1/0x2
BUG: unable to handle page fault for address: ffffffffc0000000
watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [cat:1]
kernel BUG at mm/slub.c:1!
Oops: 0010 [#1] PREEMPT SMP NOPTI
general protection fault, probably for non-canonical address 0x1: 0000 [#1]
invalid opcode: 0000 [#1] PREEMPT SMP
INFO: task cat:1 blocked for more than 120 seconds.
INFO: trying to register non-static key.
rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: rcu_preempt kthread starved for 5250 jiffies!
INFO: rcu_tasks detected stalls on tasks:
UBSAN: array-index-out-of-bounds in x.c:1
kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
sysfs: cannot create duplicate filename '/kernel/livepatch/x'
LINES
	expect "each kind of splat is one" 111111111111111 "$found"
	expect "other lines are none, nor is one that is expected" "" "$(splats_in '^kernel BUG at' <<'LINES'
[    0.1] Spectre V2 : WARNING: Unprivileged eBPF is enabled
[    0.2] traps: x[1] general protection fault ip:1 sp:2 error:0 in x[1000]
[    0.3] rcu: 	RCU debug extended QS entry/exit.
[    0.4] kernel BUG at mm/slub.c:1!
LINES
)"
}

bad_kernels()
{
	boot panic -- 'echo before; echo c >/proc/sysrq-trigger; echo after'
	expect "a panic is 71" '71 {"outcome": "panic", "status": 71}' "$(verdict panic)"
	expect "a panic shows the log" "1" "$(grep -c '^guest: .*Kernel panic - not syncing' "$t/panic.err")"
	expect "a panic keeps what was printed before" "before" "$(<"$t/panic.out")"

	boot splat -- 'echo "WARNING: CPU: 0 PID: 1 at x" >/dev/kmsg'
	expect "a WARNING is 70" '70 {"outcome": "splat", "status": 70}' "$(verdict splat)"
	boot expected --expect-splat 'PID: [0-9] at x' -- 'echo "WARNING: CPU: 0 PID: 1 at x" >/dev/kmsg; exit 5'
	expect "an expected WARNING is not" '5 {"outcome": "exited", "status": 5}' "$(verdict expected)"

	boot no_boot --append rdinit=/nonexistent -- true
	expect "a guest that never gets there is 71" '71 {"outcome": "no-boot", "status": 71}' "$(verdict no_boot)"
}

late_guests()
{
	local job silent

	start hang --timeout 60 -- 'echo up; sleep 1000'
	silent=$job
	kill -STOP "$(qemu_of "$silent")"
	boot timeout --timeout 30 -- 'echo up; sleep 1000'
	expect "too late is 124" '124 {"outcome": "timeout", "status": 124}' "$(verdict timeout)"
	expect "and leaves what was printed" "up" "$(<"$t/timeout.out")"

	start lost -- 'echo up; sleep 1000'
	kill -KILL "$(qemu_of "$job")"
	finish lost "$job"
	expect "a guest that vanishes is lost" '71 {"outcome": "lost", "status": 71}' "$(verdict lost)"
	finish hang "$silent"
	expect "a guest that falls silent hangs" '124 {"outcome": "hang", "status": 124}' "$(verdict hang)"
}

# A web server on the host's loopback, and one that the guest must not reach.
forwarding()
{
	local servers=() ports=() server line

	mkdir -p "$t/www"
	head -c 2000000 /dev/urandom >"$t/www/file"
	for _ in 1 2; do
		exec {server}< <(exec python3 -u -m http.server --bind 127.0.0.1 --directory "$t/www" 0 2>&1)
		servers+=($!)
		read -r -t 30 -u "$server" line # Serving HTTP on 127.0.0.1 port 40123 (...
		line=${line##* port }
		ports+=("${line%% *}")
	done
	# shellcheck disable=SC2016 # for the guest
	boot forward --forward "${ports[0]}" -- "
		for i in 1 2 3 4 5 6 7 8 9 10; do wget -q -O /tmp/\$i http://host:${ports[0]}/file & done; wait
		cat /tmp/? /tmp/10 | sha256sum
		for there in host:${ports[1]} 10.0.2.2:${ports[0]} 10.0.2.2:${ports[1]} 10.0.2.3:53; do
			nc -w 3 \${there%:*} \${there#*:} </dev/null >/tmp/nc 2>&1 && echo \"reached \$there\"
		done; true"
	kill "${servers[@]}"
	expect "the guest reaches the forwarded port, ten times at once, and nothing else" \
		"$(for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$t/www/file"; done | sha256sum)" "$(<"$t/forward.out")"
}

# killed SIGNAL: vm ends, and its guest with it.
killed()
{
	local job qemu rc=0

	start "killed$1" -- 'echo up; sleep 1000'
	qemu=$(qemu_of "$job")
	kill -"$1" "$job"
	finish "killed$1" "$job"
	timeout 5 tail --pid="$qemu" -f /dev/null || rc=$?
	report "no guest outlives vm's SIG$1" "$rc"
}

echo "KTAP version 1"
echo "1..29"
echo "# $release"
without_boot
splat_lines
headers
streams
surroundings
bad_kernels
forwarding
late_guests
killed TERM
killed KILL
[[ $number == 29 ]] || { echo "# $number tests, not 29"; failed=1; }
exit "$failed"
