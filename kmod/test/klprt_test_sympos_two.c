// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static int patched_twin(int number)
{
	return 10 * number + 9;
}

OBJECT(TARGET, { .old_name = "klprt_target_twin", .new_func = patched_twin, .old_sympos = 2 });
PATCH();
LIVEPATCH("replaces the second of two functions of one name");
