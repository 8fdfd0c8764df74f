// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW(patched)
OBJECT(VMLINUX,
       FUNC("cmdline_proc_show", patched),
       FUNC("devinfo_show", patched),
       FUNC("execdomains_proc_show", patched),
       FUNC("filesystems_proc_show", patched),
       FUNC("loadavg_proc_show", patched),
       FUNC("meminfo_proc_show", patched),
       FUNC("proc_dma_show", patched),
       FUNC("show_softirqs", patched),
       FUNC("uptime_proc_show", patched),
       FUNC("version_proc_show", patched));
PATCH();
LIVEPATCH("replaces ten functions");
