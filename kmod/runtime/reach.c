// SPDX-License-Identifier: GPL-2.0
/*
 * What the module needs of kernel/livepatch/transition.c and what isn't exported:
 * the work, a static object, and three variables that are only read here.
 * klp_transition_patch and klp_target_state are written under klp_mutex, where the
 * hooks run; klp_signals_cnt is the number of passes that have failed.
 *
 * They come by klp relocations (relocate.c, ../Makefile), hence livepatch=Y, which
 * taints the kernel as a patch would. The other way to the work is to wait until it
 * is passed to queue_delayed_work_on() and catch it there with a kprobe; but a
 * relocation is exact, is there before the first transition, and fails at load time
 * if the symbol is gone or not the only one of its name.
 *
 * Each is named here and nowhere else: for each place that is relocated a 6.1
 * kernel walks all its symbols.
 */
#include <linux/cache.h>
#include <linux/module.h>

#include "runtime.h"

/* Weak: else modpost would refuse them as undefined, before relocate has seen them. */
extern struct delayed_work klp_transition_work __weak;
extern struct klp_patch *klp_transition_patch __weak;
extern int klp_target_state __weak;
extern unsigned int klp_signals_cnt __weak;

struct klprt_livepatch klprt_livepatch __ro_after_init = {
	.transition_work = &klp_transition_work,
	.transition_patch = &klp_transition_patch,
	.target_state = &klp_target_state,
	.signals_cnt = &klp_signals_cnt,
};

MODULE_INFO(livepatch, "Y");
