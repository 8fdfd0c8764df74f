// SPDX-License-Identifier: GPL-2.0
#include "patch.h"
#include "target.h"

static int patched_sleep(struct klprt_gate *gate, unsigned int state)
{
	return klprt_gate_wait(gate, state);
}

OBJECT(TARGET, FUNC("klprt_target_sleep", patched_sleep));
PATCH();
LIVEPATCH("waits for whoever sleeps in the replaced function");
