// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static int patched_twin(int number)
{
	return 10 * number + 9;
}

OBJECT(TARGET, FUNC("klprt_target_twin", patched_twin));
PATCH();
LIVEPATCH("refused: two functions have that name");
