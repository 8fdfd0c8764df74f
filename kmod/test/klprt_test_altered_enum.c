// SPDX-License-Identifier: GPL-2.0
/* Compiled with an enum migrate_mode that has one constant more than the kernel's. */
#include "../altered/migrate_mode.h"
#include "patch.h"

static enum migrate_mode mode = MIGRATE_ASYNC;

static int patched_cmdline(struct seq_file *m, void *v)
{
	seq_printf(m, KBUILD_MODNAME " %d\n", READ_ONCE(mode));
	return 0;
}

OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("refused by klp alone: a constant has another value in the kernel");
