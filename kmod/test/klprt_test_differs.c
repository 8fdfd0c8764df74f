// SPDX-License-Identifier: GPL-2.0
/*
 * Writes past an array, into the functions that follow it: no relocation of this write refers to
 * the functions. slot=FIRST_FUNCTION names another function than the file does.
 */
#include "patch.h"

#define FIRST_FUNCTION 64

static int slot = -1;
module_param(slot, int, 0);

SHOW(patched)

static struct {
	const char *before[FIRST_FUNCTION];
	struct klp_func functions[2];
} table = { .functions = { FUNC("cmdline_proc_show", patched), {} } };

static struct klp_object objects[] = { { .name = VMLINUX, .funcs = table.functions }, {} };

PATCH();

static int __init enable(void)
{
	const char **entries = table.before;

	OPTIMIZER_HIDE_VAR(entries);
	if (slot >= 0)
		entries[slot] = "version_proc_show";
	return klp_enable_patch(&patch);
}

static void __exit nothing(void)
{
}

module_init(enable);
module_exit(nothing);
DESCRIPTION("replaces another function than its file announces, if it is told to");
MODULE_INFO(livepatch, "Y");
