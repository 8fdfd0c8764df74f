// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW_OF_TARGET(patched)
OBJECT(TARGET, FUNC("klprt_target_absent", patched));
PATCH();
LIVEPATCH("refused: the target has no such function");
