// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * All threads in one pass, each with its kernel stack. The program drops the threads that nobody
 * asked for: ten thousand threads then cost ten thousand stack walks, and nothing to copy.
 *
 * The walk is the ordinary one and not the kernel's reliable one (stack_trace_save_tsk() beside
 * stack_trace_save_tsk_reliable()). The walk shows where a task is, and does not predict the
 * kernel's verdict. It shows nothing of a task that runs on another CPU.
 */
#include "kernel.h"

KLPRT_LICENSE;

__u32 scope;
__s32 target_state;
struct klprt_range ranges[KLPRT_RANGES];

/* Only one pass reads at a time. The record is not on the iterator's stack, which is too small. */
struct klprt_task record;

/* The verifier checks a global function once, not for each frame. */
__attribute__((noinline)) int is_in_ranges(__u64 address)
{
	__u32 at = 0;

	for (__u32 step = KLPRT_RANGES / 2; step > 0; step /= 2)
		if (ranges[(at + step) & (KLPRT_RANGES - 1)].start <= address)
			at += step;
	return address < ranges[at & (KLPRT_RANGES - 1)].end;
}

/*
 * How long the task is off its CPU, or on it. The scheduler updates a task's exec_start when the
 * task leaves its CPU. The current task's exec_start is as old as the last tick, on the same
 * clock.
 */
static __u64 since(struct task_struct *task)
{
	__u64 now = ((struct task_struct *)bpf_get_current_task_btf())->se.exec_start;
	__u64 then = task->on_cpu ? task->sched_info.last_arrival : task->se.exec_start;

	return now > then ? now - then : 0;
}

static int is_wanted(struct task_struct *task)
{
	if (scope == KLPRT_PENDING)
		return task->patch_state != -1 && task->patch_state != target_state;
	return 1;
}

SEC("iter/task")
int klprt_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	long bytes;
	__u32 depth;
	int inside = 0;

	if (!task || !is_wanted(task))
		return 0;
	bytes = bpf_get_task_stack(task, record.frames, sizeof(record.frames), 0);
	depth = bytes > 0 ? (__u64)bytes / sizeof(__u64) : 0;
	if (depth > KLPRT_FRAMES)
		depth = KLPRT_FRAMES;
	if (scope == KLPRT_INSIDE) {
		for (__u32 i = 0; i < KLPRT_FRAMES; i++) {
			if (i >= depth || inside)
				break;
			inside = is_in_ranges(record.frames[i]);
		}
		if (!inside)
			return 0;
	}
	record.tid = task->pid;
	record.tgid = task->tgid;
	record.patch_state = task->patch_state;
	record.flags = task->flags;
	record.state = task->__state;
	record.exit_state = task->exit_state;
	record.on_cpu = task->on_cpu;
	record.depth = depth;
	record.since_ns = since(task);
	bpf_probe_read_kernel_str(record.comm, sizeof(record.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &record,
		      __builtin_offsetof(struct klprt_task, frames) + depth * sizeof(__u64));
	return 0;
}
