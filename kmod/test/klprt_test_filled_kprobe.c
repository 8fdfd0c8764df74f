// SPDX-License-Identifier: GPL-2.0
#include <linux/kprobes.h>
#include <linux/slab.h>
#include "patch.h"

static const char *const names[] = { "klprt_target_value.no_such_part.0", "klprt_target_value" };

SHOW_OF_TARGET(patched_value)
OBJECT(TARGET, FUNC(NULL, patched_value));
PATCH();

/* The first of the names that the kernel has. */
static int __init enable(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct kprobe probe = { .symbol_name = names[i] };

		if (register_kprobe(&probe))
			continue;
		unregister_kprobe(&probe);
		functions[0].old_name = names[i];
		return klp_enable_patch(&patch);
	}
	return -ENOENT;
}

static void __exit nothing(void)
{
}

module_init(enable);
module_exit(nothing);
DESCRIPTION("its function is named by what the kernel has");
MODULE_INFO(livepatch, "Y");
