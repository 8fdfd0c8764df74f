#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# A task may have any bytes for a name: a line of klp's own, an order to the terminal. klp
# shows the name masked to people and escaped in JSON, and in the system log the name ends no
# line.
. "$(dirname "$0")/lib.sh"

hostile=$'x\nok: applied\e'

# Sleeps in the function that is to be replaced, under that name: its program's.
sleep_as()
{
	cp /bin/bash "/tmp/$1"
	"/tmp/$1" -c 'read -r _ </proc/klprt_test/sleep' &
	sleeper=$!
	background+=("$sleeper")
	until_true grep -q klprt_target_sleep "/proc/$sleeper/stack"
}

harmless()
{
	says "$1"
	! grep -q '^ok' /tmp/out /tmp/err || fail "a line was forged: $out $err"
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f-\x9f]' /tmp/out /tmp/err ||
		fail "control characters pass: $(od -c /tmp/out /tmp/err)"
}

load_target
sleep_as "$hostile"
run 1 klp-load --timeout 8 $modules/klprt_test_sleep.ko
harmless 'x?ok: applied?'
run 0 klp inspect --window 0.2 $modules/klprt_test_sleep.ko
harmless 'x?ok: applied?'
run 1 klp-load --json --timeout 8 $modules/klprt_test_sleep.ko
json ".blockers[] | select(.tid == $sleeper) | .comm" "$hostile"
harmless '\nok: applied\u001b'

# The upper controls, as UTF-8 and as one byte; what is no UTF-8 is U+FFFD in JSON.
wake
wait "$sleeper"
sleep_as $'y\xc2\x9b2J\x9b3J'
run 1 klp-load --timeout 8 $modules/klprt_test_sleep.ko
harmless 'y?2J?3J'
run 1 klp-load --json --timeout 8 $modules/klprt_test_sleep.ko
harmless 'y\u009b2J\ufffd3J'

# Names that an argument has.
run 2 klp $'z\nok: applied\e'
harmless 'z?ok: applied?'
run 1 klp check $'z\nok: applied\e.ko'
harmless 'z?ok: applied?'
run 1 klp-load $'z\nok: applied\e.ko'
harmless 'z?ok: applied?'
run 1 klp unload $'z\nok: applied\e'
harmless 'z?ok: applied?'
run 1 klp status $'z\nok: applied\e'
harmless 'z?ok: applied?'
