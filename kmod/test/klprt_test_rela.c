// SPDX-License-Identifier: GPL-2.0
/* Weak, so that modpost lets it pass: relocate.c makes a livepatch symbol of it. */
#include "patch.h"

extern unsigned int klprt_target_counter __weak;

static void patched_value(struct seq_file *m)
{
	seq_printf(m, "counter %u\n", READ_ONCE(klprt_target_counter));
}

OBJECT(TARGET, FUNC("klprt_target_value", patched_value));
PATCH();
LIVEPATCH("reads a static variable of the module it patches");
