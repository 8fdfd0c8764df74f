// SPDX-License-Identifier: GPL-2.0
/*
 * The replacement leaves by a jump. A task that sleeps in the helper has no
 * address within [new_func, size) on its stack, so the kernel takes the patch for
 * unused. klp has to refuse to remove the module under such a task.
 */
#include "patch.h"
#include "target.h"

static noinline int sleep_for_tail(struct klprt_gate *gate)
{
	return klprt_gate_wait(gate, TASK_INTERRUPTIBLE);
}

static int patched_tail(struct klprt_gate *gate)
{
	return sleep_for_tail(gate);
}

OBJECT(TARGET, FUNC("klprt_target_tail", patched_tail));
PATCH();
LIVEPATCH("sleeps in patch code outside the new function");
