// SPDX-License-Identifier: GPL-2.0
/*
 * Counts the tasks that a transition still waits for, and helps them along.
 *
 * A task that runs in user space, or that loops in the kernel until it is told to
 * reschedule, switches with an interrupt. (From 6.4 to 6.15 cond_resched() in
 * such a loop was itself a switch. Before and after, the task has to leave its
 * CPU, and the next pass checks its stack.) A task that sleeps switches by waking
 * up, which is the purpose of the kernel's fake signals (klp_send_signals()). A
 * user task returns from its system call. A kernel thread that sleeps
 * interruptibly finds nothing to do and sleeps again, somewhere else if need be.
 * klp_runtime does the same here, to the same tasks, only not in the kernel's
 * time.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "runtime.h"

/*
 * wake_up_state() isn't for modules, and wake_up_process() also wakes tasks that
 * it shouldn't. So this function checks the state first. A task that begins
 * another sleep in between wakes up for no reason, as any sleeper has to expect.
 */
static bool klprt_wake_interruptible(struct task_struct *task)
{
	return READ_ONCE(task->__state) & TASK_INTERRUPTIBLE && wake_up_process(task);
}

/* The same as the kernel's set_notify_signal(). */
static void klprt_signal(struct task_struct *task)
{
	if (task->flags & PF_KTHREAD)
		klprt_wake_interruptible(task);
	else if (!test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL) &&
		 !klprt_wake_interruptible(task))
		kick_process(task);
}

/* Returns how many tasks are left, idle tasks apart; 0 as well when no transition is on. */
unsigned int klprt_pending_tasks(bool with_signals)
{
	int target = READ_ONCE(*klprt_livepatch.target_state);
	struct task_struct *process, *task;
	unsigned int pending = 0;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		int state = READ_ONCE(task->patch_state);

		/* Negative: the task is in no transition, or in none any more. */
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
