# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# bash completion for klp and klp-load. Verbs and options are asked of the program
# that is being completed, so they are those that it has.

_klp()
{
	local word=$2 before=$3 verb candidates=''
	local -a command=("$1")

	# bash takes --on-timeout=keep for three words.
	if [[ $word == = ]]; then
		word=''
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	if [[ ${1##*/} == klp-load ]]; then
		verb=load
	elif ((COMP_CWORD == 1)); then
		verb=''
		candidates=$("$1" --help 2>/dev/null | sed -nE 's/^  ([a-z]+) .*/\1/p')
	else
		verb=${COMP_WORDS[1]} command+=("$verb")
	fi

	case $before in
	--on-timeout) verb='' candidates='reverse keep' ;;
	--timeout | --allow) return ;;
	esac
	case $verb:$word in
	:*) ;;
	*:-*)
		candidates=$("${command[@]}" --help 2>/dev/null |
			sed -nE 's/^  (-h,)?(--[a-z-]+).*/\2/p')
		;;
	unload:* | status:*) candidates=$(ls /sys/kernel/livepatch 2>/dev/null) ;;
	load:* | check:*)
		mapfile -t COMPREPLY < <(compgen -d -- "$word"
			compgen -f -- "$word" | grep -E '\.ko(\.(gz|xz|zst))?$')
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
}

complete -o filenames -F _klp klp klp-load
