// SPDX-License-Identifier: GPL-2.0
/*
 * The tasks that a transition still waits for: counted, and helped along.
 *
 * Who runs in user space, or loops in the kernel until it is told to
 * reschedule, gets there with an interrupt. (Of such a loop cond_resched() was
 * itself a switch from 6.4 to 6.15; before and after, it has to leave its CPU,
 * and the next pass looks at its stack.) Who sleeps gets there by waking up,
 * which is what the kernel's fake signals are for (klp_send_signals()): a user
 * task returns from its system call, a kernel thread that sleeps interruptibly
 * finds nothing to do and sleeps again, somewhere else if need be. What is done
 * here is the same, to the same tasks, only not in the kernel's time.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "runtime.h"

/*
 * wake_up_state() isn't for modules, and wake_up_process() wakes whom it
 * shouldn't: so look before. Who begins another sleep in between finds itself
 * awake for no reason, as any sleeper has to expect.
 */
static bool klprt_wake_interruptible(struct task_struct *task)
{
	return READ_ONCE(task->__state) & TASK_INTERRUPTIBLE && wake_up_process(task);
}

/* What the kernel has as set_notify_signal(). */
static void klprt_signal(struct task_struct *task)
{
	if (task->flags & PF_KTHREAD)
		klprt_wake_interruptible(task);
	else if (!test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL) &&
		 !klprt_wake_interruptible(task))
		kick_process(task);
}

/* How many tasks are left, idle ones apart; 0 as well when no transition is on. */
unsigned int klprt_pending_tasks(bool with_signals)
{
	int target = READ_ONCE(*klprt_livepatch.target_state);
	struct task_struct *process, *task;
	unsigned int pending = 0;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		int state = READ_ONCE(task->patch_state);

		/* Negative: in no transition, or in none any more. */
		if (state == target || state < 0)
			continue;
		pending++;
		if (with_signals)
			klprt_signal(task);
		else if (task_is_running(task))
			kick_process(task);
	}
	rcu_read_unlock();
	return pending;
}
