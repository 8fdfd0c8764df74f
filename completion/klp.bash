# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# bash completion for klp, klp-load, klp-build, klp-hub and klp-admin. Verbs and options are asked of the program
# that is being completed, so they are those that it has.

# _klp_options COMMAND...
_klp_options()
{
	"$@" --help 2>/dev/null | sed -nE 's/^  (-[a-z], )?(--[a-z-]+).*/\2/p'
}

# _klp_verbs PROGRAM [VERB]
_klp_verbs()
{
	"$@" --help 2>/dev/null | sed -nE 's/^  ([a-z-]+) .*/\1/p'
}

# _klp_files WORD PATTERN: folders, and files whose names match.
_klp_files()
{
	mapfile -t COMPREPLY < <(compgen -d -- "$1"
		compgen -f -- "$1" | grep -E "$2")
}

# _klp_build PROGRAM WORD BEFORE
_klp_build()
{
	local word=$2 before=$3 candidates='' suffix='\.(patch|diff)$'
	local -a command=("$1")

	if [[ ${COMP_WORDS[1]} == diff ]] && ((COMP_CWORD > 1)); then
		command+=(diff) suffix='\.o$'
	fi
	case $before:$word in
	# The kernels that were fetched before: apt needs seconds to list the others.
	--kernel:*)
		candidates=$(ls -F "${XDG_CACHE_HOME:-$HOME/.cache}/klp/image" 2>/dev/null |
			sed -n 's,/$,,p')
		;;
	--jobs:*) return ;;
	--source:* | --modules:*) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	--config:* | --image:* | --sign-*:*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	-o:* | --output:*) _klp_files "$word" '\.ko$' ;;
	*:-*) candidates=$(_klp_options "${command[@]}") ;;
	*)
		_klp_files "$word" "$suffix"
		((COMP_CWORD > 1)) || candidates='diff'
		;;
	esac
	mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$candidates" -- "$word")
}

# _klp_service PROGRAM WORD: a verb, a verb of klp-admin's below it, options, and files.
_klp_service()
{
	local word=$2 candidates=''
	local -a command=("$1")

	if ((COMP_CWORD > 1)); then
		command+=("${COMP_WORDS[1]}")
	fi
	case ${COMP_WORDS[1]} in
	patch | tier | token | machine | notice | kernel | keys)
		if ((COMP_CWORD == 2)); then
			candidates=$(_klp_verbs "${command[@]}")
		elif ((COMP_CWORD > 2)); then
			command+=("${COMP_WORDS[2]}")
		fi
		;;
	esac
	if [[ $word == -* ]]; then
		candidates=$(_klp_options "${command[@]}")
	elif ((COMP_CWORD == 1)); then
		candidates="$(_klp_verbs "$1") help"
	elif [[ ! $candidates ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
	mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$candidates" -- "$word")
}

_klp()
{
	local word=$2 before=$3 verb candidates=''
	local -a command=("$1")

	COMPREPLY=()
	# bash takes --on-timeout=keep for three words.
	if [[ $word == = ]]; then
		word=''
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	if [[ ${1##*/} == klp-build ]]; then
		_klp_build "$1" "$word" "$before"
		return
	elif [[ ${1##*/} == klp-hub || ${1##*/} == klp-admin ]]; then
		_klp_service "$1" "$word"
		return
	elif [[ ${1##*/} == klp-load ]]; then
		verb=load
	elif ((COMP_CWORD == 1)); then
		verb='' candidates="$(_klp_verbs "$1") help"
	else
		verb=${COMP_WORDS[1]} command+=("$verb")
	fi

	case $before in
	--on-timeout) verb='' candidates='reverse keep' ;;
	--urgency) verb='' candidates='gentle normal now' ;;
	--timeout | --allow | --window | --calls) return ;;
	--kernel | -o | --output)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		[[ $before == --kernel ]] || return
		verb='' candidates=$(ls /lib/modules 2>/dev/null)
		;;
	esac
	case $verb:$word in
	:*) ;;
	*:-*)
		candidates=$(_klp_options "${command[@]}")
		;;
	help:*) candidates=$(_klp_verbs "$1") ;;
	unload:* | status:*) candidates=$(ls /sys/kernel/livepatch 2>/dev/null) ;;
	load:* | check:* | inspect:*)
		_klp_files "$word" '\.ko(\.(gz|xz|zst))?$'
		[[ $verb == inspect ]] || return
		candidates=$(ls /sys/kernel/livepatch 2>/dev/null)
		;;
	esac
	mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$candidates" -- "$word")
}

complete -o filenames -F _klp klp klp-load klp-build klp-hub klp-admin
