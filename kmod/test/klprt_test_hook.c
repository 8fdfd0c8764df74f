// SPDX-License-Identifier: GPL-2.0
/*
 * BPF may answer in place of a security hook, so a redirect can be suppressed on
 * these functions. setpriority() shows what they return.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include "patch.h"

static int patched_hook(struct task_struct *task, int nice)
{
	return -EXDEV;
}

OBJECT(VMLINUX, FUNC("security_task_setnice", patched_hook));
PATCH();
LIVEPATCH("nobody may renice: EXDEV");
