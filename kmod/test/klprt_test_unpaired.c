// SPDX-License-Identifier: GPL-2.0
#include "patch.h"
#include "target.h"

static int patched_sleep(struct klprt_gate *gate, unsigned int state)
{
	return klprt_gate_wait(gate, state);
}

static int pre_patch(struct klp_object *object)
{
	return 0;
}

static void post_patch(struct klp_object *object)
{
}

static struct klp_func functions[] = {
	FUNC("klprt_target_sleep", patched_sleep), {}
};

static struct klp_object objects[] = {
	{
		.name = TARGET,
		.funcs = functions,
		.callbacks = { .pre_patch = pre_patch, .post_patch = post_patch },
	},
	{}
};

PATCH();
LIVEPATCH("nothing undoes what its callbacks do");
