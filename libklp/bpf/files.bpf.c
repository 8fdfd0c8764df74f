// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * All open files whose operations belong to a module: each such file holds a reference on the
 * module (fops_get() in fs/open.c and in the open functions of drivers).
 */
#include "kernel.h"

KLPRT_LICENSE;

char wanted[KLPRT_MODULE_NAME];

SEC("iter/task_file")
int klprt_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct klprt_file record = {};
	char name[KLPRT_MODULE_NAME] = {};
	struct module *owner;

	if (!task || !file)
		return 0;
	owner = file->f_op->owner;
	if (!owner)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), owner->name);
	for (__u32 i = 0; i < KLPRT_MODULE_NAME; i++) {
		if (name[i] != wanted[i])
			return 0;
		if (!name[i])
			break;
	}
	record.tgid = task->tgid;
	record.fd = ctx->fd;
	bpf_probe_read_kernel_str(record.comm, sizeof(record.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
