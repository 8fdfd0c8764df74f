// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>
#include "patch.h"

static int patched_cmdline(struct seq_file *m, void *v)
{
	seq_printf(m, KBUILD_MODNAME " %ld\n", PTR_ERR(dma_buf_get(-1)));
	return 0;
}

OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("uses a symbol of a namespace, and imports it");
/* MODULE_IMPORT_NS() takes a string since 6.13, and a word before. */
MODULE_INFO(import_ns, "DMA_BUF");
