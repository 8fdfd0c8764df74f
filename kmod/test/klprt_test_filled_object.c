// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static char *object = TARGET;
module_param(object, charp, 0);

SHOW_OF_TARGET(patched_value)
OBJECT(VMLINUX, FUNC("klprt_target_value", patched_value));
PATCH();

static int __init enable(void)
{
	objects[0].name = object;
	return klp_enable_patch(&patch);
}

static void __exit nothing(void)
{
}

module_init(enable);
module_exit(nothing);
DESCRIPTION("its object is named when it is loaded");
MODULE_INFO(livepatch, "Y");
