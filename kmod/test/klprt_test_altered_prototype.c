// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static int patched_cmdline(struct seq_file *m, void *v, int more)
{
	seq_printf(m, KBUILD_MODNAME " %d\n", more);
	return 0;
}

OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("refused by klp alone: the function has one parameter less in the kernel");
