/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of klp_runtime.ko know of each other.
 *
 * The hooks run in the task that drives livepatch, under klp_mutex, in process
 * context but not to sleep. None of what they hook is called with a lock held
 * that a wake-up, a timer or a workqueue takes, so they may use all three.
 */
#ifndef KLPRT_RUNTIME_H
#define KLPRT_RUNTIME_H

#include <linux/livepatch.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <klp_runtime.h>

/* Variables of kernel/livepatch/transition.c; reach.c says how they are reached. */
extern struct klprt_livepatch {
	struct delayed_work *transition_work;
	struct klp_patch *const *transition_patch;
	const int *target_state;
	const unsigned int *signals_cnt;
} klprt_livepatch;

/*
 * Of what current does. It stands still while current waits for a CPU: a pass of a
 * millisecond that others kept from running for a hundred has cost one.
 */
struct klprt_span {
	u64 began_ns;
	u64 waited_ns;
};

/* The transition that is on, if any. All of it is under klprt_lock. */
struct klprt_transition {
	enum klprt_state state;		/* IDLE, PATCHING or UNPATCHING */
	char patch[KLPRT_NAME_SIZE];
	u64 since_ns;			/* when the kernel counted its passes from 0 */
	struct klprt_span pass;		/* that runs, or the last one */
	u64 prepare_ns;			/* what our part in the next one takes */
	u64 unpaid_ns;			/* of those after which nobody has waited yet */
	u64 not_before_ns;		/* of the next */
	u64 busy_ns;			/* of all of them */
	unsigned int passes;
	unsigned int tries;		/* passes that we asked for since then */
	u64 poked_ns;			/* when we last sent signals */
	u64 signalled_ns;		/* when the kernel's could last come, or began to count */
	unsigned int signalled_cnt;	/* and what it had counted then */
	bool passing;			/* a pass runs */
	bool passed;			/* a pass has failed: it is for us to go on */
	bool asked;			/* another one is on its way */
	bool holding;			/* the kernel's next pass is put off */
};

/* What a file asked for. Under klprt_lock. */
struct klprt_goal {
	bool wanted;
	unsigned long number;		/* of the request, to tell it from later ones */
	enum klprt_urgency urgency;
	char patch[KLPRT_NAME_SIZE];
	enum klprt_state state;
	unsigned int passes;
	u64 ns;
};

#define KLPRT_RING 128			/* events that a file keeps for its reader */

struct klprt_file {
	struct list_head node;		/* of klprt_files, under klprt_lock */
	wait_queue_head_t wait;
	struct mutex reading;
	struct klprt_goal goal;
	/* Under klprt_lock: */
	unsigned int begin, count, lost;
	u64 lost_ns;			/* when the first of them was */
	struct klprt_event ring[KLPRT_RING];
};

/* state.c */
extern spinlock_t klprt_lock;
extern struct klprt_transition klprt_transition;
extern struct list_head klprt_files;

/* span.c */
struct klprt_span klprt_span_begins(void);
u64 klprt_span_ran_ns(const struct klprt_span *span);

/* transition.c: what the hooks see. */
void klprt_transition_begins(const struct klp_patch *patch, int target);
void klprt_pass_begins(void);
void klprt_pass_ends(void);
void klprt_transition_completes(void);
void klprt_transition_completed(void);
void klprt_transition_reversed(void);
void klprt_transition_forced(void);

/* events.c: under klprt_lock. */
void klprt_event(enum klprt_event_kind kind, u64 duration_ns);
bool klprt_peek_event(const struct klprt_file *file, struct klprt_event *event);
void klprt_drop_event(struct klprt_file *file, const struct klprt_event *event);

/* advance.c: all but the first and the last under klprt_lock. */
int klprt_advance_init(void);
void klprt_advance_from_now(void);
void klprt_advance_after_pass(void);
bool klprt_signal_pass(void);
void klprt_restart_kernel_retry(void);
void klprt_advance_exit(void);

/* tasks.c */
unsigned int klprt_pending_tasks(bool with_signals);

/* expedite.c */
void klprt_expedite_init(void);
void klprt_expedite_begin(void);
void klprt_expedite_end(void);
void klprt_expedite_exit(void);

/* notify.c: all but the last under klprt_lock. */
void klprt_notify_begin(void);
void klprt_notify(void);
void klprt_notify_exit(void);

int klprt_hooks_init(void);
void klprt_hooks_exit(void);
int klprt_device_init(void);
void klprt_device_exit(void);

#endif
