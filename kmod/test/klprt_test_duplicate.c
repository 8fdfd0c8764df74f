// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW(patched_cmdline)
OBJECT(VMLINUX,
       FUNC("cmdline_proc_show", patched_cmdline),
       FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("refused: it replaces one function twice");
