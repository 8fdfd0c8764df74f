/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * The records that the BPF programs and the library exchange. Both include this file, so it is
 * plain C; <linux/types.h> or the like comes first.
 */
#ifndef KLPRT_BPF_RECORDS_H
#define KLPRT_BPF_RECORDS_H

/* bpf_get_task_stack() gives up to kernel.perf_event_max_stack frames, 127. */
#define KLPRT_FRAMES 127
#define KLPRT_COMM 16

enum klprt_scope {
	KLPRT_ALL, /* each task, with its stack */
	KLPRT_PENDING, /* tasks that have not reached the target state */
	KLPRT_INSIDE, /* tasks with an address of the ranges on their stack */
};

/* One task; the iterator sends only the first depth entries of frames. */
struct klprt_task {
	__s32 tid;
	__s32 tgid;
	__s32 patch_state;
	__u32 flags; /* PF_KTHREAD */
	__u32 state; /* 0 running or ready, else as TASK_* */
	__u32 exit_state;
	__u32 on_cpu;
	__u32 depth;
	__u64 since_ns; /* how long the task has been on its CPU, or off it */
	char comm[KLPRT_COMM];
	__u64 frames[KLPRT_FRAMES];
};

/* An open file. */
struct klprt_file {
	__s32 tgid;
	__u32 fd;
	char comm[KLPRT_COMM];
};

/*
 * Sorted and disjoint, [start, end). The first range is empty and at 0; the ranges behind the last
 * used one are at the end of memory. A search therefore always takes the same steps.
 */
#define KLPRT_RANGES 2048
struct klprt_range {
	__u64 start;
	__u64 end;
};

enum klprt_transition_event_kind {
	KLPRT_START, /* a transition begins */
	KLPRT_PASS, /* the kernel has tried every task once */
	KLPRT_REVERSE, /* the transition is reversed */
	KLPRT_FORCE, /* every task is declared switched */
	KLPRT_COMPLETE, /* the transition is over */
	KLPRT_CANCEL, /* the transition is over, since the patch could not be enabled */
	KLPRT_TASK, /* a task could not be switched in a pass */
};

#define KLPRT_MODULE_NAME 56
#define KLPRT_FUNCTION_NAME 128

struct klprt_transition_event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 kind;
	__s32 target; /* 1 patched, 0 unpatched, -1 not known */
	__u32 pass; /* from 1 */
	__u32 blocked; /* in this pass so far */
	__u32 switched; /* by the kernel's passes, since the start */
	__s32 verdict; /* the kernel's answer for a task, an errno below zero */
	__s32 tid;
	__s32 tgid;
	__u32 flags;
	char comm[KLPRT_COMM];
	char patch[KLPRT_MODULE_NAME];
	char function[KLPRT_FUNCTION_NAME];
};

#endif
