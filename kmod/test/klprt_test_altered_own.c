// SPDX-License-Identifier: GPL-2.0
/* A structure of its own, with a name that the kernel has, too. */
#include "patch.h"

static struct migration_target_control {
	char text[8];
} own = { "own" };

static int patched_cmdline(struct seq_file *m, void *v)
{
	seq_printf(m, KBUILD_MODNAME " %s\n", own.text);
	return 0;
}

OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("warned of: a structure of its own has the name of one of the kernel's");
