#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# A name that is a path leads to no file of sysfs but a livepatch's own, nor to a folder that
# only looks like a livepatch's. klp refuses such a name in words.
. "$(dirname "$0")/lib.sh"

mkdir -p /tmp/elsewhere
echo 1 >/tmp/elsewhere/enabled
echo 0 >/tmp/elsewhere/transition
for name in ../../../tmp/elsewhere .. . .hidden x/y "$(printf '%056d' 0)"; do
	run 1 klp unload --json "$name"
	json .result failed
	json .errno 22
	says "'$name' is no module's name"
done
[[ $(cat /tmp/elsewhere/enabled) == 1 ]] || fail "a file elsewhere was written"
run 2 klp unload ''
run 1 klp unload no_such_patch
says 'no livepatch'
