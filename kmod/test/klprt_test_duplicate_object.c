// SPDX-License-Identifier: GPL-2.0
#include "patch.h"
#include "target.h"

SHOW_OF_TARGET(patched_value)

static int patched_tail(struct klprt_gate *gate)
{
	return 1;
}

static struct klp_func values[] = {
	FUNC("klprt_target_value", patched_value), {}
};
static struct klp_func tails[] = {
	FUNC("klprt_target_tail", patched_tail), {}
};
static struct klp_object objects[] = {
	{ .name = TARGET, .funcs = values }, { .name = TARGET, .funcs = tails }, {}
};
PATCH();
LIVEPATCH("refused: it names one object twice");
