// SPDX-License-Identifier: GPL-2.0
/* Where BPF's LSM programs hang, one of its hooks. */
#include <linux/errno.h>
#include <linux/sched.h>
#include "patch.h"

static int patched_hook(struct task_struct *task, int nice)
{
	return -EXDEV;
}

OBJECT(VMLINUX, FUNC("bpf_lsm_task_setnice", patched_hook));
PATCH();
LIVEPATCH("nobody may renice where BPF is asked: EXDEV");
