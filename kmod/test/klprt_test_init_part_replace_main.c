// SPDX-License-Identifier: GPL-2.0
#include "init_part.h"

SHOW_OF_TARGET(patched_value)

NAME(target_name, TARGET);
NAME(value_name, "klprt_target_value");

FUNCS_EXT(functions, { value_name, patched_value });
OBJECTS_EXT(1, { .name = target_name, .funcs = functions, .nr_funcs = 1 });
FLAGS_EXT(KLPRT_REPLACE | KLPRT_PIN_TARGETS);

extern struct klp_state klprt_states[];
struct klp_state klprt_states[] = {
	{ .id = 9, .version = 1 }, {}
};
