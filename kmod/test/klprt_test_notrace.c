// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static int patched_notrace(int number)
{
	return 10 * number + 9;
}

OBJECT(TARGET, FUNC("klprt_target_notrace", patched_notrace));
PATCH();
LIVEPATCH("refused: ftrace can't hook the function");
