// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW(patched)
OBJECT(VMLINUX, FUNC("klprt_absent_proc_show", patched));
PATCH();
LIVEPATCH("refused: vmlinux has no such function");
