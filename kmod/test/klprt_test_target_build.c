// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW_OF_TARGET(patched_value)
OBJECT(TARGET, FUNC("klprt_target_value", patched_value));
PATCH();
LIVEPATCH("made for one build of the target");
/* A test writes the build id in. */
MODULE_INFO(klp_build_id, TARGET ":0000000000000000000000000000000000000000");
