/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * The kernel's structures, as far as the programs read them. libbpf finds the place of each field
 * when it loads a program, from the BTF of the running kernel (CO-RE).
 */
#ifndef KLPRT_BPF_KERNEL_H
#define KLPRT_BPF_KERNEL_H

#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "records.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sched_entity {
	__u64 exec_start;
};

struct sched_info {
	unsigned long long last_arrival;
};

struct task_struct {
	unsigned int __state;
	unsigned int flags;
	unsigned int on_cpu; /* one byte in 7.x: libbpf adapts unsigned fields */
	struct sched_entity se;
	struct sched_info sched_info;
	int exit_state;
	int pid;
	int tgid;
	char comm[16];
	int patch_state;
};

struct module {
	char name[KLPRT_MODULE_NAME];
};

struct klp_patch {
	struct module *mod;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct file_operations {
	struct module *owner;
};

struct file {
	const struct file_operations *f_op;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/*
 * The kernel offers some helpers that the programs use only to programs under the GPL. The LGPL
 * permits use under the GPL (its section 3).
 */
#define KLPRT_LICENSE char klprt_license[] SEC("license") = "GPL"

#endif
