/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the BPF programs and the library say to each other. Included by both, so
 * plain C; <linux/types.h> or its like comes first.
 */
#ifndef KLPRT_BPF_RECORDS_H
#define KLPRT_BPF_RECORDS_H

/* bpf_get_task_stack() gives up to kernel.perf_event_max_stack frames, 127. */
#define KLPRT_FRAMES 127
#define KLPRT_COMM 16

enum klprt_scope {
	KLPRT_ALL, /* each task, with its stack */
	KLPRT_PENDING, /* those that have not reached the target state */
	KLPRT_INSIDE, /* those with an address of the ranges on their stack */
};

/* One task; of frames only the first depth are sent. */
struct klprt_task {
	__s32 tid;
	__s32 tgid;
	__s32 patch_state;
	__u32 flags; /* PF_KTHREAD */
	__u32 state; /* 0 running or ready, else as TASK_* */
	__u32 exit_state;
	__u32 on_cpu;
	__u32 depth;
	__u64 since_ns; /* how long it has been on its CPU, or off it */
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
 * Sorted and disjoint, [start, end). The first is empty and at 0, those behind the
 * last are at the end of memory: so a search takes the same steps always.
 */
#define KLPRT_RANGES 2048
struct klprt_range {
	__u64 start;
	__u64 end;
};

enum klprt_transition_event_kind {
	KLPRT_START, /* a transition begins */
	KLPRT_PASS, /* the kernel has tried every task once */
	KLPRT_REVERSE, /* its direction is turned */
	KLPRT_FORCE, /* every task is declared switched */
	KLPRT_COMPLETE, /* it is over */
	KLPRT_CANCEL, /* it is over, since the patch could not be enabled */
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
	__u32 switched; /* since the start, by the kernel's looking at their stacks */
	__s32 verdict; /* of a task, an errno below zero */
	__s32 tid;
	__s32 tgid;
	__u32 flags;
	char comm[KLPRT_COMM];
	char patch[KLPRT_MODULE_NAME];
	char function[KLPRT_FUNCTION_NAME];
};

#endif
