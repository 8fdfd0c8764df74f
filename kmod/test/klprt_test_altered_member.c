// SPDX-License-Identifier: GPL-2.0
/* Compiled with a struct seq_file that has one member more than the kernel's. */
#include "../altered/seq_file.h"
#include "patch.h"

SHOW(patched_cmdline)
OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("refused by klp alone: a structure has another layout in the kernel");
