#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --module dummy --module br_netfilter --module nf_conntrack --module vhost_net --module kvm --module iwlwifi --copy "$build/built/$kernel:/root/built"
# Fixes that klp-build was once wrong about (build/cases) work when they run: per-CPU variables of
# each kind, an SRCU domain of a module, and trace_printk(). The others are loaded: a once-flag of
# nf_conntrack, a function of one module that another calls, KVM's emulator, empty alternatives, wide
# literals, and a weak function.
. "$(dirname "$0")/lib.sh"

# loaded NAME STATUS PROBE: loads the patch while PROBE runs; unload exits with 3 for a module
# that has to stay.
loaded()
{
	run 0 klp-load --json "built/klp_$1.ko"
	json '.result' applied
	$3
	run "$2" klp unload --json "klp_$1"
}

per_cpu()
{
	local text
	text=$(cat /proc/version) || fail "/proc/version cannot be read"
	[[ $text == *'reads 1 aligned 8 obj k 1 at 0 0 0 table 12'* ]] || fail "/proc/version: $text"
	[[ $text != *'not aligned'* ]] || fail "/proc/version: $text"
	grep -q 'reads 2 ' /proc/version || fail "the second read does not count"
}

read_mostly()
{
	grep -qx 'limit 7' /proc/version || fail "/proc/version: $(cat /proc/version)"
}

# A change of the carrier goes through synchronize_srcu().
srcu()
{
	ip link add klp0 type dummy || fail "no dummy interface"
	ip link set klp0 up
	local carrier=/sys/class/net/klp0/carrier
	echo 0 >$carrier || fail "the carrier cannot be changed"
	[[ $(<$carrier) == 0 ]] || fail "the carrier is $(<$carrier)"
	echo 1 >$carrier
	[[ $(<$carrier) == 1 ]] || fail "the carrier is $(<$carrier)"
	ip link del klp0
}

trace_printk()
{
	local trace=/sys/kernel/tracing/trace
	echo >$trace
	grep -q Linux /proc/version
	grep -q 'version_proc_show: version read by [0-9]*$' $trace || fail "trace: $(cat $trace)"
	grep -q 'version_proc_show: no arguments$' $trace || fail "trace: $(cat $trace)"
}

# Functions look up names that exist and names that don't, and list folders. 6.12 writes into
# these functions where its tables are when it boots.
names()
{
	local name
	mkdir /tmp/names
	for name in {1..50}; do
		echo "$name" >"/tmp/names/$name"
		[[ ! -e /tmp/names/no$name && $(</tmp/names/"$name") == "$name" ]] || fail "'$name' is not found"
	done
	[[ $(ls /tmp/names | wc -l) == 50 ]] || fail "the folder has $(ls /tmp/names | wc -l) names"
	rm -r /tmp/names
	grep -qaP '\xef\xcd\xab\x89\x67\x45\x23\x01' built/klp_boot_constants.ko &&
		fail "the patch has the constant that the kernel fills in"
}

# patched OBJECT: the kernel has patched it.
patched()
{
	local object
	for object in /sys/kernel/livepatch/klp_*/"$1"; do
		[[ $(cat "$object/patched") == 1 ]] || fail "'$1' is not patched by $object"
	done
}

# The kernel fills in the references of the bridge's code, though no function of the bridge is
# replaced.
lent() { patched bridge; }
conntrack() { patched nf_conntrack; }
vhost() { patched vhost && patched vhost_net; }
emulator() { patched kvm; }
wireless() { patched iwlwifi; }
vmlinux() { patched vmlinux; }
weak()
{
	grep -q '^MEMFREE:' /proc/meminfo || fail "/proc/meminfo is not patched"
	! grep -q '^Arch:' /proc/meminfo || fail "/proc/meminfo has the lines of the weak function"
}

loaded exporth 0 vhost
loaded once_ct 0 conntrack
loaded srcu_mod 3 srcu

if [[ $release == 6.1.* ]]; then
	loaded ea_pkey 0 vmlinux
	loaded lending_module 0 lent
	loaded once_ct_way 0 conntrack
	loaded percpu 3 per_cpu
	loaded percpu_rm 0 read_mostly
	loaded tprintk 0 trace_printk
	loaded weak2 0 weak
else
	loaded boot_constants 0 names
	loaded kvm_emu 0 emulator
	loaded wide612 0 wireless
fi
no_livepatch
