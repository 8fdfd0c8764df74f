// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW(patched_loadavg)
OBJECT(VMLINUX, FUNC("loadavg_proc_show", patched_loadavg));
PATCH();
LIVEPATCH("stays beside klprt_test_replace_a");
