// SPDX-License-Identifier: GPL-2.0
/* The callback undoes what escapes from the patch, so the kernel has to call the callback. */
#include "init_part.h"

SHOW_OF_TARGET(patched_value)

static void post_unpatch(struct klp_object *object)
{
	pr_info("klprt_test_init_part_undoes: post_unpatch\n");
}

NAME(target_name, TARGET);
NAME(value_name, "klprt_target_value");

FUNCS_EXT(functions, { value_name, patched_value });
OBJECTS_EXT(1, { .name = target_name, .funcs = functions, .nr_funcs = 1,
		 .callbacks = { .post_unpatch = post_unpatch } });
FLAGS_EXT(KLPRT_STAYS_IF_REPLACED);
