# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The part of run that takes the built patches through guests, several patches to a boot.
# The array built describes each: "ID|FILES|ALSO|SECONDS|CPU".

targets_of()
{
	jq -r '[(.functions, .callbacks)[].object | select(. != "vmlinux")] | unique | join(" ")' "$work/$1.json"
}

# --copy for each file that the target MODULE needs. vm's --module would load the target, and
# the load may fail for want of hardware.
copies_of()
{
	local module=$1 file image

	image=$("$top/qemu-test/kernel" image "$kernel")
	modprobe -C /dev/null -d "$image" -S "$kernel" --show-depends "$module" |
		sed -nE 's/^insmod (\S+).*/\1/p' | while read -r file; do
			printf '%s\n' --copy "$file:${file#"$image"}"
		done
}

# The kernel's warning when a module of crypto is loaded, patched or not: a self test of
# the kernel's own fails.
expected='WARNING: .* at crypto/testmgr\.c'

# boot CVE...: puts the guest's answers on each into $work/answers.
boot()
{
	local cve target status=0 crypto arguments

	# Modules that others request from the kernel by an algorithm's name, as rxrpc does: no
	# dependency names them.
	crypto=lib/modules/$kernel/kernel/crypto
	arguments=(--copy "$("$top/qemu-test/kernel" image "$kernel")/$crypto:/$crypto")
	: >"$work/jobs"
	for cve; do
		for target in $(targets_of "$cve"); do
			mapfile -O "${#arguments[@]}" -t arguments < <(copies_of "$target")
		done
		arguments+=(--copy "$work/${cve//-/_}.ko")
		echo "$cve $(jq .removable "$work/$cve.json") $(targets_of "$cve")" >>"$work/jobs"
	done
	KLP_VM_KEEP=$work/guest "$top/qemu-test/vm" --kernel "$kernel" --mem 2048 --timeout $((120 + 90 * $#)) \
		--expect-splat "$expected" --result "$work/result" --copy "$build/bin/klp" \
		--copy "$build/bin/klp-load:/usr/bin/klp-load" \
		--copy "$(type -P bash)" --copy "$(type -P jq)" --copy "$here/guest" --copy "$work/jobs" \
		"${arguments[@]}" -- bash guest >"$work/answers" 2>"$work/vm.err" </dev/null || status=$?
	outcome=$(jq -r .outcome "$work/result")
	case $outcome in
	exited) ((status == 0)) || die "the guest ended with $status: $(cat "$work/vm.err")" ;;
	no-boot) die "the guest did not boot: $(tail -n 1 "$work/vm.err")" ;;
	esac
}

# The patch and the step that the guest was at when the kernel logged the first line that vm
# rejects, or when the guest was lost.
culprit()
{
	local splat

	if [[ $outcome == splat ]]; then
		splat=$(sed -n "s/^vm: the guest's kernel printed: //p" "$work/vm.err")
		tr -d '\r' <"$work/guest/kmsg" | awk -v splat="$splat" '
			sub(/.*klp-corpus: /, "") { last = $0 }
			index($0, splat) { print last; exit }'
	else
		sed -n 's/^at //p' "$work/answers" | tail -n 1
	fi
}

answer_of()
{
	sed -n "s/^is $1 //p" "$work/answers"
}

# load_built: rows for all built patches. The guest's results after a splat don't count.
load_built()
{
	local left=("${built[@]}") before at cve files also seconds cpu answer

	while ((${#left[@]})); do
		progress "loading ${#left[@]} in a guest"
		boot "${left[@]%%|*}"
		at='' before=${#left[@]}
		if [[ $outcome != exited ]]; then
			at=$(culprit)
			[[ " ${left[*]%%|*} " == *" ${at%% *} "* ]] || die "the guest was lost: $(tail -n 1 "$work/vm.err")"
		fi
		while ((${#left[@]})); do
			IFS='|' read -r cve files also seconds cpu <<<"${left[0]}"
			answer=$(answer_of "$cve")
			if [[ $cve == "${at%% *}" ]]; then
				answer="no:${at#* }: $(tail -n 1 "$work/vm.err")"
			fi
			[[ $answer ]] || break
			built_row "$cve" "$files" "$also" "$seconds" "$cpu" "$answer"
			left=("${left[@]:1}")
			[[ $cve != "${at%% *}" ]] || break
		done
		((${#left[@]} < before)) || die "the guest has no answer: $(cat "$work/vm.err")"
	done
	built=()
}
