// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

OBJECT(VMLINUX, FUNC("cmdline_proc_show", NULL));
PATCH();
LIVEPATCH("refused: it replaces a function by nothing");
