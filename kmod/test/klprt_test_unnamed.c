// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW(patched_cmdline)
OBJECT(VMLINUX, FUNC(NULL, patched_cmdline));
PATCH();
LIVEPATCH("refused: it does not name the function that it replaces");
