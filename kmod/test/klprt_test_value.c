// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static void patched_value(struct seq_file *m)
{
	seq_puts(m, "patched\n");
}

OBJECT(TARGET, FUNC("klprt_target_value", patched_value));
PATCH();
LIVEPATCH("value reads \"patched\"");
