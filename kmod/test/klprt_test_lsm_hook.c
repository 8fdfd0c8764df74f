// SPDX-License-Identifier: GPL-2.0
/* One of the functions that BPF's LSM programs attach to. */
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
