// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static bool both;
module_param(both, bool, 0);

SHOW(patched)
OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched), FUNC("version_proc_show", patched));
PATCH();

static int __init enable(void)
{
	if (!both)
		memset(&functions[1], 0, sizeof(functions[1]));
	return klp_enable_patch(&patch);
}

static void __exit nothing(void)
{
}

module_init(enable);
module_exit(nothing);
DESCRIPTION("one of its functions is taken out when it is loaded");
MODULE_INFO(livepatch, "Y");
