// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW_OF_TARGET(patched_value)
OBJECT(VMLINUX, FUNC("klprt_target_value", patched_value));
module_param_cb(object, &param_ops_charp, &objects[0].name, 0);
PATCH();
LIVEPATCH("its object is a parameter");
