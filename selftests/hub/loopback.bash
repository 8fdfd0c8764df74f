# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A hub on the host's loopback, which guests reach as host:PORT.

free_port()
{
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_hub VERB OPTION...: until it serves. hub is its process.
start_hub()
{
	local line
	exec {hub_log}< <(exec "${build:?}/bin/klp-hub" "$@" 2>&1)
	hub=$!
	while read -r -t 60 -u "$hub_log" line; do
		[[ $line != *'serves on port'* ]] || return 0
		printf '%s\n' "$line"
	done
	echo "klp-hub does not serve" >&2
	return 1
}
