// SPDX-License-Identifier: GPL-2.0
/*
 * Expedites unpatching.
 *
 * While a transition completes, the kernel removes from ftrace each function that
 * is no longer patched, and waits for an RCU-tasks grace period of both kinds,
 * rude and ordinary: one function after the other, under klp_mutex. The time goes
 * by in the kthreads of the two kinds. The kthreads sleep a tenth of a second
 * between grace periods, and between two checks of the tasks that hold a grace
 * period up (gp_sleep and init_fract in kernel/rcu/tasks.h), so as not to be busy
 * all the time. While unpatching lasts, klp_runtime wakes the kthreads from those
 * sleeps every millisecond. A grace period still takes its time, and no part of
 * it is skipped. A kthread that waits for something else checks its condition and
 * goes on waiting. If unpatching isn't done in ten seconds some task holds it up,
 * and klp_runtime leaves the kthreads alone.
 *
 * klp_runtime knows the kthreads by their names only. If the names change,
 * unpatching takes as long as without klp_runtime.
 */
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/version.h>

#include "runtime.h"

#define LONGEST_EXPEDITE_MS	10000

static bool expedite = true;
module_param(expedite, bool, 0644);
MODULE_PARM_DESC(expedite, "shorten RCU-tasks grace periods while a patch is taken out");

static const char *const klprt_names[] = { "rcu_tasks_kthread", "rcu_tasks_rude_kthread" };
static struct task_struct *klprt_kthreads[ARRAY_SIZE(klprt_names)];
static struct hrtimer klprt_expedite_timer;
static bool klprt_expediting;
static ktime_t klprt_expedite_until;

static enum hrtimer_restart klprt_expedite(struct hrtimer *timer)
{
	int i;

	if (!READ_ONCE(klprt_expediting) || ktime_after(ktime_get(), klprt_expedite_until))
		return HRTIMER_NORESTART;
	for (i = 0; i < ARRAY_SIZE(klprt_kthreads); i++)
		if (klprt_kthreads[i] && READ_ONCE(klprt_kthreads[i]->__state) & TASK_NOLOAD)
			wake_up_process(klprt_kthreads[i]);
	hrtimer_forward_now(timer, ms_to_ktime(1));
	return HRTIMER_RESTART;
}

/* klp_mutex allows one completion at a time. */
void klprt_expedite_begin(void)
{
	if (!READ_ONCE(expedite))
		return;
	klprt_expedite_until = ktime_add_ms(ktime_get(), LONGEST_EXPEDITE_MS);
	WRITE_ONCE(klprt_expediting, true);
	hrtimer_start(&klprt_expedite_timer, ms_to_ktime(1), HRTIMER_MODE_REL);
}

void klprt_expedite_end(void)
{
	WRITE_ONCE(klprt_expediting, false);
}

void klprt_expedite_init(void)
{
	struct task_struct *task;
	int i;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	hrtimer_init(&klprt_expedite_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	klprt_expedite_timer.function = klprt_expedite;
#else
	hrtimer_setup(&klprt_expedite_timer, klprt_expedite, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#endif
	rcu_read_lock();
	for_each_process(task) {
		if (!(task->flags & PF_KTHREAD))
			continue;
		for (i = 0; i < ARRAY_SIZE(klprt_names); i++)
			if (!klprt_kthreads[i] &&
			    !strncmp(task->comm, klprt_names[i], TASK_COMM_LEN - 1))
				klprt_kthreads[i] = get_task_struct(task);
	}
	rcu_read_unlock();
}

/* The hooks may have gone between klprt_expedite_begin() and klprt_expedite_end(). */
void klprt_expedite_exit(void)
{
	int i;

	klprt_expedite_end();
	hrtimer_cancel(&klprt_expedite_timer);
	for (i = 0; i < ARRAY_SIZE(klprt_kthreads); i++)
		if (klprt_kthreads[i])
			put_task_struct(klprt_kthreads[i]);
}
