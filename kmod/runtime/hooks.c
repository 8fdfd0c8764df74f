// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks in livepatch.
 *
 * The hooks are kprobes and kretprobes, not fprobe or fexit. The unwinder knows
 * their return hooks, so the kernel finds the stack of the task that makes a
 * pass, with the hooked functions on it, as reliable as before. Each hooked
 * function runs under klp_mutex only, hence never twice at a time: no return is
 * missed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>

#include "runtime.h"

static int klprt_on_begins(struct kprobe *probe, struct pt_regs *regs)
{
	klprt_transition_begins((void *)regs_get_kernel_argument(regs, 0),
				regs_get_kernel_argument(regs, 1));
	return 0;
}

static int klprt_on_pass_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	klprt_pass_begins();
	return 0;
}

static int klprt_on_pass_ends(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	klprt_pass_ends();
	return 0;
}

static int klprt_on_completes(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	klprt_transition_completes();
	klprt_expedite_begin();
	return 0;
}

static int klprt_on_completed(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	klprt_expedite_end();
	klprt_transition_completed();
	return 0;
}

static int klprt_on_reversed(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	klprt_transition_reversed();
	return 0;
}

static int klprt_on_forced(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	klprt_transition_forced();
	return 0;
}

static struct kprobe klprt_start = {
	.symbol_name = "klp_init_transition", .pre_handler = klprt_on_begins,
};

static struct kretprobe klprt_complete = {
	.kp.symbol_name = "klp_complete_transition",
	.entry_handler = klprt_on_completes, .handler = klprt_on_completed,
};

static struct kretprobe klprt_pass = {
	.kp.symbol_name = "klp_try_complete_transition",
	.entry_handler = klprt_on_pass_begins, .handler = klprt_on_pass_ends,
};

static struct kretprobe klprt_reverse = {
	.kp.symbol_name = "klp_reverse_transition", .handler = klprt_on_reversed,
};

static struct kretprobe klprt_force = {
	.kp.symbol_name = "klp_force_transition", .handler = klprt_on_forced,
};

static struct kretprobe *klprt_returns[] = {
	&klprt_complete, &klprt_pass, &klprt_reverse, &klprt_force,
};

int klprt_hooks_init(void)
{
	const char *at = klprt_start.symbol_name;
	int i, err;

	err = register_kprobe(&klprt_start);
	if (err)
		goto fail;
	for (i = 0; i < ARRAY_SIZE(klprt_returns); i++) {
		at = klprt_returns[i]->kp.symbol_name;
		err = register_kretprobe(klprt_returns[i]);
		if (err)
			goto unregister;
	}
	return 0;
unregister:
	while (i--)
		unregister_kretprobe(klprt_returns[i]);
	unregister_kprobe(&klprt_start);
fail:
	pr_err("cannot hook %s: %d\n", at, err);
	return err;
}

void klprt_hooks_exit(void)
{
	unregister_kretprobes(klprt_returns, ARRAY_SIZE(klprt_returns));
	unregister_kprobe(&klprt_start);
}
