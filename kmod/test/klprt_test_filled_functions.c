// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static const char *const names[] = { "cmdline_proc_show", "version_proc_show" };
static char *first;
module_param(first, charp, 0);

SHOW(patched)

static struct klp_func functions[ARRAY_SIZE(names) + 1];
static struct klp_object objects[] = {
	{ .name = VMLINUX, .funcs = functions }, {}
};

PATCH();

static int __init enable(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		functions[i].old_name = names[i];
		functions[i].new_func = patched;
	}
	if (first)
		functions[0].old_name = first;
	return klp_enable_patch(&patch);
}

static void __exit nothing(void)
{
}

module_init(enable);
module_exit(nothing);
DESCRIPTION("its functions are filled in when it is loaded");
MODULE_INFO(livepatch, "Y");
