// SPDX-License-Identifier: GPL-2.0
/* The file says replace=false; the module decides at load time what it tells the kernel. */
#include "patch.h"

static bool replace = true;
module_param(replace, bool, 0444);

SHOW(patched_cmdline)
OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();

static int __init enable(void)
{
	patch.replace = replace;
	return klp_enable_patch(&patch);
}

static void __exit nothing(void)
{
}

module_init(enable);
module_exit(nothing);
DESCRIPTION("sets its replace flag when it is loaded");
MODULE_INFO(livepatch, "Y");
