// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static int pre_patch(struct klp_object *object)
{
	return -ENODEV;
}

SHOW(patched_cmdline)

static struct klp_func functions[] = {
	FUNC("cmdline_proc_show", patched_cmdline), {}
};

static struct klp_object objects[] = {
	{ .name = VMLINUX, .funcs = functions, .callbacks = { .pre_patch = pre_patch } },
	{}
};

PATCH();
LIVEPATCH("its pre_patch callback returns ENODEV");
