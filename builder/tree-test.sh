#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests tree: first on a source of a few files that does what tree asks of Kbuild, then on a
# kernel's own source. KTAP on stdout.
# usage: tree-test.sh [RELEASE]

set -euo pipefail
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
tree=$here/tree
release=${1:-}
[[ $release ]] || read -r release _ < <("$here/../qemu-test/kernel" newest 6.1 6.12)
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
number=0 failed=0
# Behind four sectors of setup code.
kernel_at=$((5 * 512))

# expect NAME WANTED GOT
expect()
{
	number=$((number + 1))
	if [[ $2 == "$3" ]]; then
		echo "ok $number $1"
	else
		echo "not ok $number $1"
		{ diff <(echo "$2") <(echo "$3") || [[ $? == 1 ]]; } | sed 's/^/# /'
		failed=1
	fi
}

# said ARG...: status and last word of a tree that fails.
said()
{
	local rc=0

	"$tree" "$@" >"$t/out" 2>"$t/err" || rc=$?
	echo "$rc $(tail -n 1 "$t/err")"
}

# file PATH: its text from stdin.
file()
{
	mkdir -p "$(dirname "$t/$1")"
	cat >"$t/$1"
}

# A kernel of a few units, one for each way to name one.
toy_folders()
{
	file toy/Kconfig </dev/null
	file toy/Kbuild <<<'obj-y += init/ $(ARCH_LIB)
obj-$(CONFIG_FS) += fs/
obj-y += drivers/'
	file toy/init/Makefile <<<'obj-y := main.o sum.o entry.o
sum-y := part.o
sum-$(CONFIG_FS) += part_fs.o
sum-$(CONFIG_UNSET) += part_unset.o
obj-$(CONFIG_UNSET) += unset.o'
	file toy/lib/Makefile <<<'lib-y := sort.o
obj-y += bits.o'
	file toy/fs/Makefile <<<'obj-y += none/
obj-$(CONFIG_EXT) += ext.o
ext-objs := super.o ../lib/shared.o
ext-$(CONFIG_FS) += acl.o
unset-objs := super.o
obj-m += nested/'
	file toy/fs/none/Makefile <<<'lib-y := not_linked.o
ext-y := of_another_folder.o'
	file toy/fs/nested/Makefile <<<'obj-y := not_built_in.o deep/
obj-m += alone.o'
	file toy/fs/nested/deep/Makefile <<<'obj-m := ext.o'
	file toy/drivers/Kbuild <<<'obj-y += both.o $(later)
later := too_late.o
obj-m += both.o quirk.o
quirk-y := q/one.o'
	file toy/drivers/Makefile <<<'obj-y += wrong_file.o'
}

toy_kernel()
{
	toy_folders
	touch "$t/toy/init/main.c" "$t/toy/init/entry.S"
	file toy/scripts/Makefile.compiler </dev/null
	file toy/scripts/Kbuild.include <<<"escsq = \$(subst ','\\'',\$(1))"
	file toy/include/config/auto.conf <<<'CONFIG_FS=y
CONFIG_EXT=m'
	file toy/Makefile <<-MAKE
		export srctree := .
		export ARCH_LIB := lib/
		include scripts/Kbuild.include
		objtool-args = --orc  \$(if \$(part-of-module), --module)
		c_flags = -DNAME='"\$*"' -DFLAGS=\$(KCFLAGS)
		a_flags = -D__ASSEMBLY__
		olddefconfig: ; @sed -i '/CONFIG_DROPPED/d' .config
		modules_prepare: ; @echo \$(KERNELRELEASE) >>$t/prepared; cat $t/wait
		%.o: %.c ; \$(call if_changed_rule,cc_o_c)
		%.o: %.S ; \$(call if_changed_rule,as_o_S)
	MAKE
	ln -s /dev/null "$t/wait"
	file modules/kernel/ext.ko </dev/null
	compiler=gcc-$(gcc -dumpversion)
	file config <<<"CONFIG_CC_VERSION_TEXT=\"$("$compiler" --version | head -n 1)\"
CONFIG_EXT=m"
	own=(--source "$t/toy" --config "$t/config" --image "$t/vmlinuz" --modules "$t/modules")
	{ head -c $((0x202)) /dev/zero; printf 'HdrS\0\0\0\0\0\0\0\0\x10\0%s\0' '9.9.9-toy (x@y) #1 SMP'; } >"$t/vmlinuz"
	truncate -s $kernel_at "$t/vmlinuz"
	cp "$t/vmlinuz" "$t/short"
	{ cat "$t/short"; printf 'Rar!\1\2'; } >"$t/strange"
	printf '\x02\x21\x4c\x18' >>"$t/vmlinuz"
}

refusals()
{
	local text trees
	text=$(<"$t/config")

	expect "an unknown verb is usage" "2 tree: 'frob' is not a verb; see 'tree --help'" "$(said frob)"
	expect "half a kernel is usage" \
		"2 tree: 'prepare' takes a release, or all of --source, --config, --image and --modules; see 'tree --help'" \
		"$(said prepare --source "$t/toy" --config "$t/config")"
	expect "a folder that tree didn't make is named" \
		"1 tree: '$t' is not a prepared tree; 'tree prepare' makes one" "$(said units "$t")"
	echo 'CONFIG_CC_VERSION_TEXT="Debian clang version 19.1.7"' >"$t/config"
	expect "a kernel that clang built is refused" \
		"1 tree: '$t/config' names the compiler 'Debian clang version 19.1.7'; only gcc is supported" \
		"$(said prepare "${own[@]}")"
	echo 'CONFIG_CC_VERSION_TEXT="x86_64-linux-gnu-gcc-98 (Debian 98.2.0-1) 98.2.0"' >"$t/config"
	expect "a compiler that isn't there is named with its package" \
		"1 tree: 'gcc-98' is missing; install the package 'gcc-98'" "$(said prepare "${own[@]}")"
	printf '%s\n' "$text" CONFIG_DROPPED=y >"$t/config"
	expect "a configuration that can't be kept is refused" \
		"1 tree: the kernel's configuration can't be kept with the tools here; it changes at: CONFIG_DROPPED=y" \
		"$(said prepare "${own[@]}")"
	echo "$text" >"$t/config"
	expect "what isn't a kernel image is named" "1 tree: '$t/config' is not a vmlinuz" \
		"$(said prepare --source "$t/toy" --config "$t/config" --image "$t/config" --modules "$t/modules")"
	trees=$(find "$XDG_CACHE_HOME/klp/tree")
	expect "a packing that is unknown is named" "1 tree: the kernel in '$t/strange' is packed in an unknown way, $(
		)which begins with the bytes '52 61 72 21 01 02'; known are xz, zstd, gzip, lz4, lzo, bzip2 and lzma" \
		"$(said prepare --source "$t/toy" --config "$t/config" --image "$t/strange" --modules "$t/modules")"
	expect "so is a kernel that isn't there" "1 tree: '$t/short' is cut short: its kernel begins at byte $kernel_at" \
		"$(said prepare --source "$t/toy" --config "$t/config" --image "$t/short" --modules "$t/modules")"
	expect "nothing is prepared for them" "$trees" "$(find "$XDG_CACHE_HOME/klp/tree")"
	expect "patches of a version that apt doesn't list are refused" \
		"featureset: 'linux-source-6.1=0' is not in what apt lists" \
		"$(mkdir "$t/patches"; "$here/featureset" rt linux-source-6.1 0 /dev/null "$t/patches" 2>&1 || :)"
}

# Kills one run while Kbuild works for it; two more runs come, the second while Kbuild works
# for the first.
interrupted()
{
	local first second rc=0

	ln -sf "$t/wait1" "$t/wait"
	mkfifo "$t/wait1" "$t/wait2"
	setsid "$tree" prepare "${own[@]}" >"$t/killed" 2>&1 &
	first=$!
	exec 9>"$t/wait"
	kill -KILL -- "-$first"
	wait "$first" 2>"$t/err" || rc=$?
	expect "one is killed in the middle" "137 9.9.9-toy" "$rc $(<"$t/prepared")"
	exec 9>&-
	ln -sf "$t/wait2" "$t/wait" # the killed one's reader may still be there
	"$tree" prepare "${own[@]}" >"$t/first" &
	first=$!
	exec 9>"$t/wait"
	"$tree" prepare "${own[@]}" >"$t/second" 9>&- &
	second=$!
	until pgrep -P "$second" -x flock >"$t/out" || [[ $(wc -l <"$t/prepared") == 3 ]]; do :; done
	exec 9>&-
	wait "$first"
	wait "$second"
	folder=$(<"$t/first")
	expect "two at once give one folder" "$folder" "$(<"$t/second")"
	expect "it is filled once, after an interruption anew" "9.9.9-toy 9.9.9-toy" "$(paste -sd' ' "$t/prepared")"
	ln -sf /dev/null "$t/wait"
}

toy()
{
	local folder

	interrupted
	expect "release and objtool's arguments are there" "9.9.9-toy; --orc; --orc --module" \
		"$(cat "$folder/release" "$folder/objtool-vmlinux" "$folder/objtool" | paste -sd';' | sed 's/;/; /g')"
	expect "the image is as one from the archive" "config lib vmlinuz; ext.ko" \
		"$(ls "$(<"$folder/image")" | paste -sd' '); $(ls "$(<"$folder/image")/lib/modules/9.9.9-toy/kernel")"
	expect "units are those that Kbuild would build" "\
drivers/both.o vmlinux
drivers/q/one.o kernel/drivers/quirk
fs/acl.o kernel/fs/ext
fs/nested/alone.o kernel/fs/nested/alone
fs/nested/deep/ext.o kernel/fs/nested/deep/ext
fs/super.o kernel/fs/ext
init/entry.o vmlinux
init/main.o vmlinux
init/part.o vmlinux
init/part_fs.o vmlinux
lib/bits.o vmlinux
lib/shared.o kernel/fs/ext
lib/sort.o vmlinux" "$("$tree" units "$folder" | sort)"
	expect "a unit that isn't configured is named" "1 tree: 'init/unset.o' is not in this kernel's build" \
		"$(said objects "$folder" init/unset.o)"
	expect "it has no command either" "1 tree: 'init/unset.o' is not in this kernel's build" \
		"$(said command "$folder" init/main.o init/unset.o)"
	expect "commands come as Kbuild quotes them, C and assembly" "\
$compiler -DNAME='\"init/main\"' -DFLAGS= -c -o init/main.o init/main.c
$compiler -D__ASSEMBLY__ -c -o init/entry.o init/entry.S" \
		"$(KCFLAGS=-O0 MAKEFLAGS='KCFLAGS=-O1' MAKELEVEL=1 "$tree" command "$folder" init/main.o init/entry.o)"
	touch "$t/toy/init/main.c"
	expect "a source that changed is another kernel" "1" \
		"$([[ $("$tree" prepare "${own[@]}") == "$folder" ]] || echo 1)"
}

pruned()
{
	local old=$XDG_CACHE_HOME/klp/tree/old folder lock

	expect "prune takes a number of days" "2 tree: 'prune' takes a number of days; see 'tree --help'" "$(said prune 0)"
	folder=$("$tree" prepare "${own[@]}")
	touch -d '3 days ago' "$folder/.complete"
	"$tree" prepare "${own[@]}" >"$t/out"
	mkdir "$old"
	touch -d '3 days ago' "$old"
	exec {lock}>"$old.lock"
	flock "$lock"
	expect "what is being filled stays, and what was used" "" "$("$tree" prune 2)"
	exec {lock}>&-
	expect "what was interrupted goes" "$old" "$("$tree" prune 2)"
	folder=$("$tree" prepare "${own[@]}")
	touch -d '3 days ago' "$folder/.complete"
	expect "what was not used goes" "$folder 1" "$("$tree" prune 2) $([[ -e $folder ]] || echo 1)"
}

known()
{
	expect "the source is the version that the image names" "1" \
		"$(grep -c -m 1 " Debian $(<"$folder/version") " <(strings "$(<"$folder/image")/vmlinuz"))"
	expect "modules of it are that release's" "#define UTS_RELEASE \"$release\"" \
		"$(<"$folder/source/include/generated/utsrelease.h")"
	expect "units are where they belong" \
		"kernel/fs/ext4/ext4 vmlinux kernel/net/netfilter/nf_tables vmlinux kernel/arch/x86/kvm/kvm vmlinux vmlinux" \
		"$(for unit in fs/ext4/mballoc net/ipv4/tcp_input net/netfilter/nf_tables_api kernel/fork virt/kvm/kvm_main \
			arch/x86/pci/common lib/sort; do "$tree" objects "$folder" $unit.o; done | paste -sd' ')"
	expect "a unit without its CONFIG is in nothing" "1 tree: 'fs/ext2/super.o' is not in this kernel's build" \
		"$(said objects "$folder" fs/ext2/super.o)"
	expect "the modules are those of the image" "" "$(diff \
		<("$tree" units "$folder" | awk '$2 != "vmlinux" { print $2 }' | sort -u) \
		<(cd "$(<"$folder/image")/lib/modules/$release" && find kernel -name '*.ko*' | sed 's/\.ko.*//' | sort -u))"
}

# The compiler writes its output to our folder.
compiled()
{
	local unit=fs/ext4/mballoc.o line

	line=$("$tree" command "$folder" $unit)
	expect "the command is Kbuild's" "1" "$(grep -c -- "^gcc-.* -Wp,-MMD,fs/ext4/.mballoc.o.d .*$(
		)-DKBUILD_MODNAME='\"ext4\"' .* -c -o $unit fs/ext4/mballoc.c$" <<<"$line")"
	line=${line//-MMD,fs\/ext4\//-MMD,$t/}
	line=${line//-o $unit/-o $t/mballoc.o}
	expect "it compiles" "0" "$(cd "$folder/source" && sh -c "$line" >&2; echo $?)"
	# shellcheck disable=SC2046 # words
	expect "objtool takes it" "0" \
		"$("$folder/source/tools/objtool/objtool" $(<"$folder/objtool") "$t/mballoc.o" &>"$t/out"; echo $?)"
	expect "it has code" "1" "$(readelf -sW "$t/mballoc.o" | grep -c ' ext4_mb_new_blocks$')"
	expect "a unit beside its Makefile's folder has one too" "virt/kvm/eventfd.c" \
		"$("$tree" command "$folder" virt/kvm/eventfd.o | sed 's,.*/\.\./,,')"
}

at_once()
{
	local job

	rm -f "$folder/commands/kernel/"{fork,exit}.o
	"$tree" command "$folder" kernel/fork.o kernel/exit.o >"$t/first" &
	job=$!
	"$tree" command "$folder" kernel/exit.o kernel/fork.o >"$t/second"
	wait "$job"
	expect "two that ask at once get the same" "$(sort "$t/first")" "$(sort "$t/second")"
	expect "commands come in the order of the units" "kernel/fork.c kernel/exit.c" \
		"$(awk '{ print $NF }' "$t/first" | paste -sd' ')"
}

init_part()
{
	local first
	export KLP_PATCH_INIT=$t/init

	file init/Kbuild <<<'obj-m := klprt_patch.o'
	file init/klprt_patch.c <<-'C'
		// SPDX-License-Identifier: GPL-2.0
		#include <linux/module.h>
		int klprt_given_later(void);
		static int __init klprt_start(void)
		{
			return klprt_given_later();
		}
		module_init(klprt_start);
		MODULE_LICENSE("GPL");
	C
	first=$("$tree" patch-init "$folder")
	expect "the init part is built" "2" "$(readelf -SW "$first"/klprt_patch{,.mod}.o |
		grep -cE ' \.(gnu\.linkonce\.this_module|orc_unwind_ip) ')"
	expect "once" "$first" "$("$tree" patch-init "$folder")"
	echo 'static int broken(void) { return' >>"$t/init/klprt_patch.c"
	expect "a changed one is another, and a broken one shows why" \
		"1 tree: cannot make 'M=$folder/patch- KBUILD_MODPOST_WARN=1 modules' in '$folder/source'" \
		"$(said patch-init "$folder" | sed -E 's/patch-[0-9a-f]{12}/patch-/')"
	rm -r "$first" "$(grep -o "$folder/patch-[0-9a-f]*" "$t/err" | tail -n 1)"
}

echo "KTAP version 1"
echo "1..40"
echo "# $release"
toy_kernel
(
	XDG_CACHE_HOME=$t/cache
	export XDG_CACHE_HOME
	refusals
	toy
	pruned
	echo "number=$number failed=$failed" >"$t/tally"
)
# shellcheck source=/dev/null
. "$t/tally"
folder=$("$tree" prepare "$release")
known
compiled
at_once
init_part
[[ $number == 40 ]] || { echo "# $number tests, not 40"; failed=1; }
exit "$failed"
