// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

#include "patch.h"

static bool target;
module_param(target, bool, 0);

SHOW(patched)
SHOW_OF_TARGET(patched_value)
static struct klp_object objects[] = { { .name = VMLINUX }, {} };
static struct klp_object target_objects[] = { { .name = TARGET }, {} };
PATCH();
static struct klp_func *functions;

static int __init enable(void)
{
	functions = kcalloc(2, sizeof(*functions), GFP_KERNEL);
	if (!functions)
		return -ENOMEM;
	functions[0].old_name = target ? "klprt_target_value" : "cmdline_proc_show";
	functions[0].new_func = target ? (void *)patched_value : (void *)patched;
	if (target) {
		target_objects[0].funcs = functions;
		patch.objs = target_objects;
	} else {
		objects[0].funcs = functions;
	}
	return klp_enable_patch(&patch);
}

static void __exit release(void)
{
	kfree(functions);
}

module_init(enable);
module_exit(release);
DESCRIPTION("the array of its functions is allocated when it is loaded");
MODULE_INFO(livepatch, "Y");
