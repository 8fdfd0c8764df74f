// SPDX-License-Identifier: GPL-2.0
/*
 * Decides when the kernel's next pass runs.
 *
 * If somebody wants the transition advanced, another pass follows a pass that
 * failed: after a millisecond, then after twice the time and so on to a quarter
 * of a second. With KLPRT_NORMAL the passes that are left until the kernel would
 * send signals are then spread over the time until the kernel may send signals.
 * The first pass fails for idle CPUs alone, as a rule, so the second pass comes
 * at once, whatever a pass takes. Any further pass waits at least nineteen times
 * as long as the passes since the last wait took on their CPU, plus our own work
 * for these passes. So passes, which hold tasklist_lock over all threads, take at
 * most 5 % of the time.
 *
 *	pass -> klprt_advance_after_pass() sets the timer
 *	     -> klprt_timer queues klprt_advance_work
 *	     -> klprt_advance() wakes the tasks in the way, queues klp_transition_work
 *	     -> pass
 *
 * Nothing is queued behind that work while klp_mutex or a real-time task holds it
 * up.
 *
 * Signals: the kernel counts the passes that fail, and sends signals with the
 * sixteenth, the thirty-first and so on. The kernel alone makes a pass a second,
 * so signals come after 15 s, 30 s. The urgency says when a pass that sends
 * signals may come. If it is not yet time, klp_runtime puts that pass off until
 * then, and the kernel's own passes with it. In the meantime klp_runtime counts
 * the tasks instead. When no task is left, klp_runtime makes the pass at once:
 * the pass completes the transition, and signals only go to tasks that are left.
 * With KLPRT_GENTLE klp_runtime asks for just a few passes, and then counts the
 * tasks as well, so that there is not much to put off.
 */
#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "runtime.h"

#define SIGNALS_TIMEOUT		15	/* of kernel/livepatch/transition.c */
#define KERNEL_PERIOD_NS	((u64)NSEC_PER_SEC)
/* round_jiffies_relative(HZ): the first retry is 0.75 to 1.75 s after the first pass. */
#define KERNEL_LATEST_NS	(750 * (u64)NSEC_PER_MSEC)
#define NORMAL_PERIOD_NS	(5 * (u64)NSEC_PER_SEC)
#define NOW_PERIOD_NS		((u64)NSEC_PER_SEC)

#define FIRST_DELAY_NS		((u64)NSEC_PER_MSEC)
#define LONGEST_DELAY_SHIFT	8U
#define COUNT_DELAY_NS		(50 * (u64)NSEC_PER_MSEC)
#define SHARE			19	/* 1 part of 20 is 5 % */
#define GENTLE_TRIES		4

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define klprt_system_wq system_wq
#else
#define klprt_system_wq system_percpu_wq
#endif

static struct workqueue_struct *klprt_workqueue;
static struct hrtimer klprt_timer;
static void klprt_advance(struct work_struct *work);
static DECLARE_WORK(klprt_advance_work, klprt_advance);

/* Whether anybody wants this transition advanced, and how urgently. */
static bool klprt_is_wanted(enum klprt_urgency *urgency)
{
	struct klprt_file *file;
	bool wanted = false;

	*urgency = KLPRT_GENTLE;
	if (klprt_transition.state == KLPRT_IDLE)
		return false;
	list_for_each_entry(file, &klprt_files, node) {
		if (!file->goal.wanted || strcmp(file->goal.patch, klprt_transition.patch))
			continue;
		wanted = true;
		*urgency = max(*urgency, file->goal.urgency);
	}
	return wanted;
}

/* Whether the next pass sends signals if it fails. */
bool klprt_signal_pass(void)
{
	unsigned int failed = READ_ONCE(*klprt_livepatch.signals_cnt);

	return failed && failed % SIGNALS_TIMEOUT == 0;
}

/*
 * When the kernel may next send signals: counted from its last ones, whatever
 * urgency was wanted before.
 */
static u64 klprt_signals_due_ns(enum klprt_urgency urgency)
{
	u64 failed = READ_ONCE(*klprt_livepatch.signals_cnt) - klprt_transition.signalled_cnt;

	switch (urgency) {
	case KLPRT_GENTLE:
		return klprt_transition.signalled_ns + failed * KERNEL_PERIOD_NS + KERNEL_LATEST_NS;
	case KLPRT_NORMAL:
		return klprt_transition.signalled_ns + NORMAL_PERIOD_NS;
	case KLPRT_NOW:
		break;
	}
	return 0;
}

static void klprt_set_timer(u64 delay_ns)
{
	klprt_transition.not_before_ns = ktime_get_ns() + delay_ns;
	hrtimer_start(&klprt_timer, ns_to_ktime(delay_ns), HRTIMER_MODE_REL);
}

static void klprt_put_off_pass(u64 delay_ns)
{
	mod_delayed_work(klprt_system_wq, klprt_livepatch.transition_work, nsecs_to_jiffies(delay_ns) + 1);
	klprt_transition.holding = true;
}

/* Passes take at most 1/20 of the time up to the next pass. Our first pass comes at once. */
static u64 klprt_delay_ns(enum klprt_urgency urgency, u64 now)
{
	unsigned int doublings = klprt_transition.tries * (urgency == KLPRT_GENTLE ? 2 : 1);
	u64 delay = FIRST_DELAY_NS << min(doublings, LONGEST_DELAY_SHIFT);
	unsigned int failed = READ_ONCE(*klprt_livepatch.signals_cnt) % SIGNALS_TIMEOUT;
	u64 due = klprt_signals_due_ns(urgency);

	if (urgency == KLPRT_NORMAL && doublings >= LONGEST_DELAY_SHIFT && failed && due > now)
		delay = max(delay, div_u64(due - now, SIGNALS_TIMEOUT - failed + 1));
	return klprt_transition.tries ? max(delay, SHARE * klprt_transition.unpaid_ns) : delay;
}

/* Hook of a pass that failed. klp_mutex is held: no other pass can run before the hook ends. */
void klprt_advance_after_pass(void)
{
	enum klprt_urgency urgency;
	bool wanted = klprt_is_wanted(&urgency);
	u64 now = ktime_get_ns(), due = 0, delay;

	klprt_transition.holding = false;
	/* A signal pass that we did not bring about is the kernel's alone. */
	if (klprt_transition.tries && klprt_signal_pass())
		due = klprt_signals_due_ns(urgency);
	if (due > now)
		klprt_put_off_pass(due - now);
	delay = klprt_delay_ns(urgency, now);
	if (klprt_transition.tries)
		klprt_transition.unpaid_ns = 0;
	klprt_transition.not_before_ns = now + delay;
	if (wanted || klprt_transition.holding)
		klprt_set_timer(delay);
}

/* A new request does not make the next pass come earlier than not_before_ns. */
void klprt_advance_from_now(void)
{
	u64 now = ktime_get_ns();
	ktime_t delay = ns_to_ktime(max(klprt_transition.not_before_ns, now + FIRST_DELAY_NS) - now);

	if (!hrtimer_is_queued(&klprt_timer) || hrtimer_get_remaining(&klprt_timer) > delay)
		hrtimer_start(&klprt_timer, delay, HRTIMER_MODE_REL);
}

void klprt_restart_kernel_retry(void)
{
	if (!klprt_transition.holding)
		return;
	mod_delayed_work(klprt_system_wq, klprt_livepatch.transition_work, round_jiffies_relative(HZ));
	klprt_transition.holding = false;
}

static enum hrtimer_restart klprt_time_has_come(struct hrtimer *timer)
{
	queue_work(klprt_workqueue, &klprt_advance_work);
	return HRTIMER_NORESTART;
}

/* Only after a pass of ours has shown that the cause is not just an idle CPU. */
static bool klprt_may_signal(enum klprt_urgency urgency, u64 now)
{
	if (urgency != KLPRT_NOW || !klprt_transition.tries ||
	    (klprt_transition.poked_ns && now - klprt_transition.poked_ns < NOW_PERIOD_NS))
		return false;
	klprt_transition.poked_ns = now;
	return true;
}

static bool klprt_is_due(enum klprt_urgency *urgency)
{
	if (klprt_transition.asked)
		return false;
	/* A transition that was on before us: a pass will show which patch is in it. */
	if (klprt_transition.state == KLPRT_IDLE)
		return READ_ONCE(*klprt_livepatch.transition_patch) && !list_empty(&klprt_files) &&
		       !klprt_signal_pass();
	/* A pass may have come between the timer and its work. */
	if (!klprt_transition.passed || klprt_transition.passing ||
	    ktime_get_ns() < klprt_transition.not_before_ns)
		return false;
	return klprt_is_wanted(urgency) || klprt_transition.holding;
}

/* Returns whether there will be a pass. The hook of that pass goes on from there. */
static bool klprt_ask_for_pass(unsigned int pending, enum klprt_urgency urgency)
{
	bool too_soon = klprt_signal_pass() && klprt_signals_due_ns(urgency) > ktime_get_ns();
	bool spared = too_soon || (urgency == KLPRT_GENTLE && klprt_transition.tries >= GENTLE_TRIES);

	if (pending && spared)
		return false;
	klprt_transition.holding = false;
	klprt_transition.asked = true;
	klprt_transition.tries++;
	mod_delayed_work(klprt_system_wq, klprt_livepatch.transition_work, 0);
	return true;
}

static void klprt_advance(struct work_struct *work)
{
	enum klprt_urgency urgency = KLPRT_GENTLE;
	struct klprt_span span = klprt_span_begins();
	bool due, with_signals = false;
	unsigned int pending;
	u64 took;

	spin_lock_irq(&klprt_lock);
	due = klprt_is_due(&urgency);
	if (due)
		with_signals = klprt_may_signal(urgency, ktime_get_ns());
	spin_unlock_irq(&klprt_lock);
	if (!due)
		return;

	wake_up_all_idle_cpus();
	pending = klprt_pending_tasks(with_signals);
	took = klprt_span_ran_ns(&span);

	spin_lock_irq(&klprt_lock);
	klprt_transition.busy_ns += took;
	klprt_transition.prepare_ns = took;
	if (klprt_is_due(&urgency) && !klprt_ask_for_pass(pending, urgency))
		klprt_set_timer(max(COUNT_DELAY_NS, SHARE * took));
	spin_unlock_irq(&klprt_lock);
}

int klprt_advance_init(void)
{
	klprt_workqueue = alloc_workqueue("klp_runtime", WQ_UNBOUND | WQ_HIGHPRI, 1);
	if (!klprt_workqueue)
		return -ENOMEM;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	hrtimer_init(&klprt_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	klprt_timer.function = klprt_time_has_come;
#else
	hrtimer_setup(&klprt_timer, klprt_time_has_come, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#endif
	return 0;
}

/* The hooks are gone, and no file is open: the work finds nothing due. */
void klprt_advance_exit(void)
{
	spin_lock_irq(&klprt_lock);
	klprt_restart_kernel_retry();
	klprt_transition.state = KLPRT_IDLE;
	spin_unlock_irq(&klprt_lock);
	hrtimer_cancel(&klprt_timer);
	cancel_work_sync(&klprt_advance_work);
	destroy_workqueue(klprt_workqueue);
}
