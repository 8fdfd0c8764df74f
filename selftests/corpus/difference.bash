# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The source of the fixes: the difference between the packages of two kernels' sources.

# The kernel with the fixes, as source and as image, and the list of the fixes. list makes
# the list of 6.12 from linux-image-6.12.117+deb12-amd64-unsigned's changelog.
fixed_of()
{
	case $1 in
	6.1.0-50-amd64) fixed=6.1=6.1.187-1 later=6.1.0-53-amd64 list=$here/cve-6.1.176-187.tsv ;;
	6.12.107+deb12-amd64) fixed=6.12=6.12.117-1~deb12u1 later=6.12.117+deb12-amd64
		list=$here/cve-6.12.107-117.tsv ;;
	*) die "there are fixes for 6.1.0-50-amd64 and 6.12.107+deb12-amd64, not for '$1'" ;;
	esac
}

# Kbuild's output from the version and the configuration, which code depends on: as hunks
# like any other.
generated_difference()
{
	local header made

	made=$("$top/builder/tree" prepare "$later")/source
	for header in include/generated/{uapi/linux/version,autoconf}.h; do
		diff -u --label "a/$header" --label "b/$header" "$source/$header" "$made/$header" || (($? == 1))
	done
}

# The prepared tree and its source; and $work/difference, the difference of the packages: the
# tree has fewer files.
make_difference()
{
	local trees after

	tree=$("$top/builder/tree" prepare "$kernel")
	source=$tree/source
	if [[ ! -e $work/difference ]]; then
		mapfile -t trees < <("$here/pick" trees)
		after=$("$top/qemu-test/kernel" source "$fixed" "${trees[@]}")
		"$here/pick" difference "$source" "$after" >"$work/difference.part"
		generated_difference >>"$work/difference.part"
		mv "$work/difference.part" "$work/difference"
	fi
}
