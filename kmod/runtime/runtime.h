/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations that the parts of klp_runtime.ko share.
 *
 * The hooks run in the task that drives livepatch, under klp_mutex, in process
 * context, and must not sleep. The kernel calls no hooked function with a lock
 * held that a wake-up, a timer or a workqueue takes, so the hooks may use all
 * three.
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
 * A span of current's run time. The time in which current waits for a CPU does
 * not count: a pass costs one millisecond if it ran for one, even if other tasks
 * kept it from running for a hundred.
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
	struct klprt_span pass;		/* the pass that runs, or the last one */
	u64 prepare_ns;			/* duration of our work for the next pass */
	u64 unpaid_ns;			/* duration of passes not followed by a wait yet */
	u64 not_before_ns;		/* earliest time of the next pass */
	u64 busy_ns;			/* duration of all passes and of our work for them */
	unsigned int passes;
	unsigned int tries;		/* passes that we asked for since since_ns */
	u64 poked_ns;			/* when we last sent signals */
	u64 signalled_ns;		/* when the kernel could last signal, or began to count */
	unsigned int signalled_cnt;	/* the kernel's count at signalled_ns */
	bool passing;			/* a pass runs */
	bool passed;			/* a pass has failed: we ask for the next one */
	bool asked;			/* another pass is queued */
	bool holding;			/* the kernel's next pass is put off */
};

/* The request of a file. Under klprt_lock. */
struct klprt_goal {
	bool wanted;
	unsigned long number;		/* tells the request from later ones */
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
	u64 lost_ns;			/* when the first lost event was */
	struct klprt_event ring[KLPRT_RING];
};

/* state.c */
extern spinlock_t klprt_lock;
extern struct klprt_transition klprt_transition;
extern struct list_head klprt_files;

/* span.c */
struct klprt_span klprt_span_begins(void);
u64 klprt_span_ran_ns(const struct klprt_span *span);

/* transition.c: called by the hooks. */
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
