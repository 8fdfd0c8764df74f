// SPDX-License-Identifier: GPL-2.0
/* Weak, so that modpost lets it pass: relocate.c makes a livepatch symbol of it. */
#include <linux/init.h>
#include "patch.h"

extern char *saved_command_line __weak;

static int patched_cmdline(struct seq_file *m, void *v)
{
	seq_printf(m, KBUILD_MODNAME " %s\n", saved_command_line);
	return 0;
}

OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("reads a variable that vmlinux doesn't export");
