// SPDX-License-Identifier: GPL-2.0
/*
 * The functions that patches replace. They are in a unit of their own, so that
 * the compiler can draw no conclusions from their bodies where they are called.
 */
#include <linux/module.h>

#include "target.h"

static noinline __noclone int klprt_target_twin(int number)
{
	return 10 * number + 2;
}

int klprt_target_second_twin(int number)
{
	return klprt_target_twin(number);
}

void klprt_target_value(struct seq_file *m)
{
	seq_puts(m, "original\n");
}

int klprt_target_sleep(struct klprt_gate *gate, unsigned int state)
{
	return klprt_gate_wait(gate, state);
}

int klprt_target_tail(struct klprt_gate *gate)
{
	return 0;
}

int klprt_target_spin(struct klprt_gate *gate)
{
	unsigned int seen = READ_ONCE(gate->opened);

	while (READ_ONCE(gate->opened) == seen) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		cpu_relax();
	}
	return 0;
}

notrace int klprt_target_notrace(int number)
{
	return 10 * number;
}
