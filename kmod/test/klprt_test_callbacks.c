// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include "patch.h"

static const char *name_of(struct klp_object *object)
{
	return object->name ?: "vmlinux";
}

static int pre_patch(struct klp_object *object)
{
	pr_info("pre_patch %s\n", name_of(object));
	return 0;
}

static void post_patch(struct klp_object *object)
{
	pr_info("post_patch %s\n", name_of(object));
}

static void pre_unpatch(struct klp_object *object)
{
	pr_info("pre_unpatch %s\n", name_of(object));
}

static void post_unpatch(struct klp_object *object)
{
	pr_info("post_unpatch %s\n", name_of(object));
}

#define CALLBACKS {			\
	.pre_patch = pre_patch,		\
	.post_patch = post_patch,	\
	.pre_unpatch = pre_unpatch,	\
	.post_unpatch = post_unpatch,	\
}

SHOW(patched_cmdline)
SHOW_OF_TARGET(patched_value)

static struct klp_func vmlinux_functions[] = {
	FUNC("cmdline_proc_show", patched_cmdline), {}
};

static struct klp_func target_functions[] = {
	FUNC("klprt_target_value", patched_value), {}
};

static struct klp_object objects[] = {
	{ .name = VMLINUX, .funcs = vmlinux_functions, .callbacks = CALLBACKS },
	{ .name = TARGET, .funcs = target_functions, .callbacks = CALLBACKS },
	{}
};

PATCH();
LIVEPATCH("names each callback in the log");
