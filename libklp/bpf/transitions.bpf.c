// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * The events of a transition, as they happen.
 *
 * These programs use only kprobes and kretprobes. An fexit program leaves entries on a stack that
 * make it unreliable to livepatch before 6.19, and the kernel checks the stack of the very task
 * that runs klp_try_complete_transition(). The unwinder sees through a kretprobe.
 *
 * All these functions run under klp_mutex. There is one transition at a time, and the variables
 * here need no lock.
 */
#include "kernel.h"

KLPRT_LICENSE;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps");

/* The arguments of a check of a task; no other check begins on this CPU before this one ends. */
struct check {
	__u64 task;
	__u64 function;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct check);
} checks SEC(".maps");

char patch[KLPRT_MODULE_NAME];
__s32 target = -1;
__u32 pass;
__u32 blocked;
__u32 switched;
__u32 cancelled;
__u64 lost; /* events for which there was no room */

static struct klprt_transition_event *begin(__u32 kind)
{
	struct klprt_transition_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->time_ns = bpf_ktime_get_ns();
	event->kind = kind;
	event->target = target;
	event->pass = pass;
	event->blocked = blocked;
	event->switched = switched;
	__builtin_memcpy(event->patch, patch, sizeof(event->patch));
	return event;
}

static int tell(__u32 kind)
{
	struct klprt_transition_event *event = begin(kind);

	if (event)
		bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
	return 0;
}

SEC("kprobe/klp_init_transition")
int BPF_KPROBE(klprt_start, struct klp_patch *of, int state)
{
	struct module *module = BPF_CORE_READ(of, mod);

	bpf_probe_read_kernel_str(patch, sizeof(patch), &module->name);
	target = state;
	pass = 0;
	blocked = 0;
	switched = 0;
	cancelled = 0;
	return tell(KLPRT_START);
}

SEC("kprobe/klp_try_complete_transition")
int BPF_KPROBE(klprt_try)
{
	pass++;
	blocked = 0;
	return 0;
}

/* After a pass that succeeded, the last event was KLPRT_COMPLETE. */
SEC("kretprobe/klp_try_complete_transition")
int BPF_KRETPROBE(klprt_tried)
{
	return target == -1 ? 0 : tell(KLPRT_PASS);
}

SEC("kprobe/klp_reverse_transition")
int BPF_KPROBE(klprt_reverse)
{
	target = target == -1 ? -1 : !target;
	pass = 0;
	return tell(KLPRT_REVERSE);
}

SEC("kprobe/klp_force_transition")
int BPF_KPROBE(klprt_force)
{
	return tell(KLPRT_FORCE);
}

SEC("kprobe/klp_cancel_transition")
int BPF_KPROBE(klprt_cancel)
{
	cancelled = 1;
	return 0;
}

/* Runs when the function returns: sysfs then shows no transition. */
SEC("kretprobe/klp_complete_transition")
int BPF_KRETPROBE(klprt_complete)
{
	tell(cancelled ? KLPRT_CANCEL : KLPRT_COMPLETE);
	target = -1;
	return 0;
}

SEC("kprobe/klp_check_and_switch_task")
int BPF_KPROBE(klprt_check, struct task_struct *task, const char **function)
{
	__u32 key = 0;
	struct check *check = bpf_map_lookup_elem(&checks, &key);

	if (check) {
		check->task = (__u64)task;
		check->function = (__u64)function;
	}
	return 0;
}

/*
 * Runs under a run queue's lock, where it may not wake anybody; the end of the pass does.
 */
SEC("kretprobe/klp_check_and_switch_task")
int BPF_KRETPROBE(klprt_checked, int verdict)
{
	const int in_function = -98; /* -EADDRINUSE */
	__u32 key = 0;
	struct check *check = bpf_map_lookup_elem(&checks, &key);
	struct task_struct *task;
	struct klprt_transition_event *event;
	const char *name = 0;

	if (!check || !check->task)
		return 0;
	if (verdict == 0) {
		switched++;
		return 0;
	}
	blocked++;
	event = begin(KLPRT_TASK);
	if (!event)
		return 0;
	task = (struct task_struct *)check->task;
	event->verdict = verdict;
	event->tid = BPF_CORE_READ(task, pid);
	event->tgid = BPF_CORE_READ(task, tgid);
	event->flags = BPF_CORE_READ(task, flags);
	bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), &task->comm);
	if (verdict == in_function &&
	    bpf_probe_read_kernel(&name, sizeof(name), (void *)check->function) == 0)
		bpf_probe_read_kernel_str(event->function, sizeof(event->function), name);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}
