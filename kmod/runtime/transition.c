// SPDX-License-Identifier: GPL-2.0
/*
 * Puts together what the hooks see: which transition is on and how far it is.
 *
 * The module may be loaded while a transition is on. The module then learns of
 * the transition at the next pass, and counts the time from there.
 */
#include <linux/module.h>
#include <linux/timekeeping.h>

#include "runtime.h"

/* KLP_PATCHED until 6.11, KLP_TRANSITION_PATCHED since. */
static enum klprt_state klprt_direction(int target)
{
	return target == 1 ? KLPRT_PATCHING : KLPRT_UNPATCHING;
}

static void klprt_take_note(const struct klp_patch *patch, enum klprt_state state, u64 since_ns)
{
	klprt_transition = (struct klprt_transition) {
		.state = state,
		.since_ns = since_ns,
		.signalled_ns = since_ns,
		.signalled_cnt = READ_ONCE(*klprt_livepatch.signals_cnt),
	};
	strscpy(klprt_transition.patch, patch->mod->name, sizeof(klprt_transition.patch));
}

void klprt_transition_begins(const struct klp_patch *patch, int target)
{
	unsigned long flags;

	spin_lock_irqsave(&klprt_lock, flags);
	klprt_take_note(patch, klprt_direction(target), ktime_get_ns());
	klprt_event(KLPRT_START, 0);
	klprt_notify_begin();
	spin_unlock_irqrestore(&klprt_lock, flags);
}

void klprt_pass_begins(void)
{
	const struct klp_patch *patch = READ_ONCE(*klprt_livepatch.transition_patch);
	unsigned int failed = READ_ONCE(*klprt_livepatch.signals_cnt);
	u64 now = ktime_get_ns();
	unsigned long flags;

	spin_lock_irqsave(&klprt_lock, flags);
	if (klprt_transition.state == KLPRT_IDLE && patch) {
		klprt_take_note(patch, klprt_direction(*klprt_livepatch.target_state), now);
		klprt_notify_begin();
	}
	/* The kernel has just begun to count, after whatever came before. */
	if (!failed && !klprt_transition.passed)
		klprt_transition.since_ns = now;
	if (klprt_signal_pass() || !failed) {
		klprt_transition.signalled_ns = now;
		klprt_transition.signalled_cnt = failed;
	}
	klprt_transition.asked = false;
	klprt_transition.pass = klprt_span_begins();
	klprt_transition.passing = true;
	klprt_transition.passes = failed + 1;
	spin_unlock_irqrestore(&klprt_lock, flags);
}

/* No transition is on any more after a pass that completed it. */
void klprt_pass_ends(void)
{
	unsigned long flags;
	u64 took;

	spin_lock_irqsave(&klprt_lock, flags);
	if (klprt_transition.state != KLPRT_IDLE && klprt_transition.passing) {
		took = klprt_span_ran_ns(&klprt_transition.pass);
		/* The last of the passes that the kernel made before ours counts. */
		if (!klprt_transition.tries)
			klprt_transition.unpaid_ns = 0;
		klprt_transition.unpaid_ns += took + klprt_transition.prepare_ns;
		klprt_transition.prepare_ns = 0;
		klprt_transition.busy_ns += took;
		klprt_transition.passing = false;
		klprt_transition.passed = true;
		klprt_event(KLPRT_PASS, took);
		klprt_advance_after_pass();
	}
	spin_unlock_irqrestore(&klprt_lock, flags);
}

/* All tasks have switched, or the patch could not be enabled. */
void klprt_transition_completes(void)
{
	unsigned long flags;

	spin_lock_irqsave(&klprt_lock, flags);
	if (klprt_transition.state != KLPRT_IDLE)
		klprt_transition.state = klprt_direction(*klprt_livepatch.target_state);
	spin_unlock_irqrestore(&klprt_lock, flags);
}

static void klprt_reach_goals(enum klprt_state end, u64 ns)
{
	struct klprt_file *file;

	list_for_each_entry(file, &klprt_files, node) {
		struct klprt_goal *goal = &file->goal;

		if (!goal->wanted || strcmp(goal->patch, klprt_transition.patch))
			continue;
		goal->wanted = false;
		goal->state = end;
		goal->passes = klprt_transition.passes;
		goal->ns = ns;
		wake_up_all(&file->wait);
	}
}

void klprt_transition_completed(void)
{
	u64 now = ktime_get_ns();
	enum klprt_state end;
	unsigned long flags;

	spin_lock_irqsave(&klprt_lock, flags);
	if (klprt_transition.state != KLPRT_IDLE) {
		end = klprt_transition.state == KLPRT_PATCHING ? KLPRT_PATCHED : KLPRT_UNPATCHED;
		klprt_transition.state = end;
		klprt_event(KLPRT_COMPLETE, now - klprt_transition.since_ns);
		klprt_reach_goals(end, now - klprt_transition.since_ns);
		klprt_notify();
		klprt_transition = (struct klprt_transition) { .state = KLPRT_IDLE };
	}
	spin_unlock_irqrestore(&klprt_lock, flags);
}

/* The kernel counts from 0 again. The work that is due first makes the next pass. */
void klprt_transition_reversed(void)
{
	u64 now = ktime_get_ns();
	unsigned long flags;

	spin_lock_irqsave(&klprt_lock, flags);
	if (klprt_transition.state != KLPRT_IDLE) {
		klprt_transition.state = klprt_direction(*klprt_livepatch.target_state);
		klprt_transition.since_ns = now;
		klprt_transition.signalled_ns = now;
		klprt_transition.signalled_cnt = 0;
		klprt_transition.passes = 0;
		klprt_transition.tries = 0;
		klprt_transition.poked_ns = 0;
		klprt_transition.passed = true;
		klprt_event(KLPRT_REVERSE, 0);
		klprt_notify();
		klprt_restart_kernel_retry();
		klprt_advance_from_now();
	}
	spin_unlock_irqrestore(&klprt_lock, flags);
}

/* No task is in the way any more, but only the next pass finds that out. */
void klprt_transition_forced(void)
{
	u64 now = ktime_get_ns();
	unsigned long flags;

	spin_lock_irqsave(&klprt_lock, flags);
	if (klprt_transition.state != KLPRT_IDLE) {
		klprt_event(KLPRT_FORCE, now - klprt_transition.since_ns);
		klprt_restart_kernel_retry();
		klprt_advance_from_now();
	}
	spin_unlock_irqrestore(&klprt_lock, flags);
}
