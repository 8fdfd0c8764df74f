/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by klprt_test_target and its patches. Each function that waits gets the
 * gate as an argument, so that a patch can wait on the gate as well.
 */
#ifndef KLPRT_TEST_TARGET_H
#define KLPRT_TEST_TARGET_H

#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/wait.h>

struct klprt_gate {
	wait_queue_head_t queue;
	unsigned int opened;
};

/*
 * Sleeps in the caller's own frame until the gate is opened again. Only a
 * signal that STATE admits ends it earlier.
 */
static __always_inline int klprt_gate_wait(struct klprt_gate *gate, unsigned int state)
{
	unsigned int seen = READ_ONCE(gate->opened);
	DEFINE_WAIT(wait);
	int err = 0;

	for (;;) {
		prepare_to_wait(&gate->queue, &wait, state);
		if (READ_ONCE(gate->opened) != seen)
			break;
		if (signal_pending_state(state, current)) {
			err = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	finish_wait(&gate->queue, &wait);
	return err;
}

void klprt_target_value(struct seq_file *m);
int klprt_target_sleep(struct klprt_gate *gate, unsigned int state);
int klprt_target_tail(struct klprt_gate *gate);
int klprt_target_spin(struct klprt_gate *gate);
int klprt_target_notrace(int number);
int klprt_target_second_twin(int number);

#endif
