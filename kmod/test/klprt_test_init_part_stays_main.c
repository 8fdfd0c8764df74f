// SPDX-License-Identifier: GPL-2.0
#include "init_part.h"
#include "manifest.h"
#include "target.h"

static int patched_sleep(struct klprt_gate *gate, unsigned int state)
{
	return 0;
}

NAME(target_name, TARGET);
NAME(sleep_name, "klprt_target_sleep");

FUNCS_EXT(functions, { sleep_name, patched_sleep });
OBJECTS_EXT(1, { .name = target_name, .funcs = functions, .nr_funcs = 1 });
FLAGS_EXT(KLPRT_STAYS);
NOT_REMOVABLE("klprt_test_target", "klprt_target_sleep");
