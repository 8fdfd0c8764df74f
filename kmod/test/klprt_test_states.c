// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static struct klp_state states[] = {
	{ .id = 7, .version = 2 }, {}
};

SHOW(patched_cmdline)
OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH(.states = states);
LIVEPATCH("changes system state 7 in version 2");
