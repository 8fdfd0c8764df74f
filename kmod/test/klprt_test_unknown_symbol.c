// SPDX-License-Identifier: GPL-2.0
/* exported.symvers claims the symbol, as an older kernel's Module.symvers would. */
#include "patch.h"

void klprt_exported_once(struct seq_file *m);

static int patched_cmdline(struct seq_file *m, void *v)
{
	klprt_exported_once(m);
	return 0;
}

OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("refused: it needs a symbol that nothing exports");
