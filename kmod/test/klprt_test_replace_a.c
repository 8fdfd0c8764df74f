// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW(patched_cmdline)
OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("stays beside klprt_test_replace_b");
