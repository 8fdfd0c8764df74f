# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Packages in the cache that are installed nowhere. The script that reads this file has die(),
# which ends it with a message, and progress().

# resolve PACKAGE...: NAME=VERSION of these packages and of all that they need, on a machine
# that has none.
resolve()
{
	local plan

	plan=$(apt-get -s -o Dir::State::status=/dev/null -o APT::Install-Recommends=false \
		install "$@" 2>&1) || { echo "$plan" >&2; die "apt cannot put '$*' together"; }
	sed -nE 's/^Inst ([^ ]+) \(([^ ]+) .*/\1=\2/p' <<<"$plan"
}

# fetch DIR PACKAGE...: their files, unpacked together under DIR.
fetch()
{
	local dir=$1 debs log
	shift

	mkdir -p "$dir/.debs"
	log=$dir/.debs/log
	progress "fetching $*"
	if ! (cd "$dir/.debs" && apt-get download "$@" >"$log" 2>&1); then
		sed '/^W:/d' "$log" >&2
		die "cannot download '$*'; if the archive moved on, run 'apt-get update' and see 'kernel list'"
	fi
	progress "unpacking $*"
	for debs in "$dir"/.debs/*.deb; do
		dpkg-deb -x "$debs" "$dir"
	done
	rm -r "$dir/.debs"
}

# with_lock ITEM FUNCTION ARG...: FUNCTION fills the folder it gets as its first
# argument, which then becomes ITEM. It runs once even when two come at once.
with_lock()
{
	local item=$1 fill=$2 lock part=$1.part
	shift 2

	if [[ ! -e $item ]]; then
		mkdir -p "${item%/*}"
		exec {lock}>"$item.lock"
		flock "$lock"
		if [[ ! -e $item ]]; then
			rm -rf "$part"
			mkdir "$part"
			"$fill" "$part" "$@"
			mv -T "$part" "$item"
		fi
		exec {lock}>&-
	fi
}
