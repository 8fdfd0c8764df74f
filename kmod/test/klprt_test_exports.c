// SPDX-License-Identifier: GPL-2.0
/* selftests/variants gives the export the name of one of the kernel's, which is as long. */
#include "patch.h"

void klprt_test_duplicated(struct seq_file *m);
void klprt_test_duplicated(struct seq_file *m)
{
	seq_puts(m, KBUILD_MODNAME "\n");
}
EXPORT_SYMBOL_GPL(klprt_test_duplicated);

static int patched_cmdline(struct seq_file *m, void *v)
{
	klprt_test_duplicated(m);
	return 0;
}

OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("exports a function of its own");
