// SPDX-License-Identifier: GPL-2.0
#include "library.h"
#include "patch.h"

static int patched_cmdline(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", klprt_library_text());
	return 0;
}

OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("needs klprt_test_library");
