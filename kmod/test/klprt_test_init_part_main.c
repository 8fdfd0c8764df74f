// SPDX-License-Identifier: GPL-2.0
/*
 * The patch is described as klp-build describes one. It has relocations against
 * the module that it patches (relocate.c makes a livepatch symbol of the weak
 * one) and pins that module.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include "init_part.h"

extern unsigned int klprt_target_counter __weak;

static int pre_patch_error;
module_param(pre_patch_error, int, 0);

static int pre_patch(struct klp_object *object)
{
	pr_info("pre_patch %s\n", object->name);
	return pre_patch_error;
}

static void post_patch(struct klp_object *object)
{
	pr_info("post_patch %s\n", object->name);
}

static void pre_unpatch(struct klp_object *object)
{
	pr_info("pre_unpatch %s\n", object->name);
}

static void post_unpatch(struct klp_object *object)
{
	pr_info("post_unpatch %s\n", object->name);
}

static void patched_value(struct seq_file *m)
{
	seq_printf(m, "counter %u\n", READ_ONCE(klprt_target_counter));
}

static int patched_twin(int number)
{
	return 10 * number + 3;
}

SHOW(patched_cmdline)

NAME(target_name, TARGET);
NAME(value_name, "klprt_target_value");
NAME(twin_name, "klprt_target_twin");
NAME(cmdline_name, "cmdline_proc_show");

FUNCS_EXT(functions,
	{ cmdline_name, patched_cmdline },
	{ value_name, patched_value },
	{ twin_name, patched_twin, 2 },
);
OBJECTS_EXT(2,
	{ .name = VMLINUX, .funcs = functions, .nr_funcs = 1 },
	{ .name = target_name, .funcs = functions + 1, .nr_funcs = 2,
	  .callbacks = { pre_patch, post_patch, pre_unpatch, post_unpatch } },
);
FLAGS_EXT(KLPRT_PIN_TARGETS);
