// SPDX-License-Identifier: GPL-2.0
/*
 * Reaches the objects of kernel/livepatch/transition.c that the module needs and
 * that the kernel doesn't export: the work, a static object, and three variables
 * that the module only reads. The kernel writes klp_transition_patch and
 * klp_target_state under klp_mutex, where the hooks run. klp_signals_cnt is the
 * number of passes that have failed.
 *
 * The module gets these objects by klp relocations (relocate.c, ../Makefile),
 * hence livepatch=Y, which taints the kernel as a patch would. The other way to
 * the work is to wait until the kernel passes it to queue_delayed_work_on() and
 * to catch it there with a kprobe. But a relocation is exact and is there before
 * the first transition. It fails at load time if the symbol is gone or is not the
 * only one of its name.
 *
 * Each symbol is named here and nowhere else: a 6.1 kernel walks all its symbols
 * for each place that it relocates.
 */
#include <linux/cache.h>
#include <linux/module.h>

#include "runtime.h"

/* Weak, since modpost would refuse them as undefined before relocate has seen them. */
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
