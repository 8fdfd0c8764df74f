// SPDX-License-Identifier: GPL-2.0
#include "manifest.h"
#include "patch.h"

SHOW_OF_TARGET(patched_value)
OBJECT(TARGET, FUNC("klprt_target_value", patched_value));
PATCH();
LIVEPATCH("is marked as one whose code has to stay in memory");
NOT_REMOVABLE("klprt_test_target", "klprt_target_value");
