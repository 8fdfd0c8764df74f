// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW(patched_show)
OBJECT(VMLINUX,
       FUNC("cmdline_proc_show", patched_show),
       FUNC("loadavg_proc_show", patched_show));
PATCH(.replace = true);
LIVEPATCH("takes over all that klprt_test_replace_a and _b replace");
