// SPDX-License-Identifier: GPL-2.0
/*
 * klp_runtime advances livepatch transitions and tells of them; see klp_runtime(4).
 *
 * What it does is done by the kernel's own hand. A transition goes on in passes
 * over all tasks, which the kernel makes a second apart, as klp_transition_work.
 * Most first passes fail since the other CPUs idle: a task that runs can't be
 * switched from outside, and idle tasks are no exception. A moment later they
 * would succeed. So this module queues that very work earlier
 * (mod_delayed_work()): the function takes klp_mutex, asks whether a transition
 * is on and puts itself off by a second if it isn't over, as ever. Never does
 * the module switch a task or force a transition: all it does could have been
 * done by the passing of time. Only so that its passes bring the kernel's signals
 * no earlier than is wanted does it put a pass off, by 16 s at most.
 *
 * The work is reached by a klp relocation, reach.c says why and how.
 *
 * It would be void if a later kernel
 *  - made a pass do more than it now does when it comes early;
 *  - sent its signals by another rule than "every fifteenth failed pass"
 *    (SIGNALS_TIMEOUT, klprt_signal_pass() in advance.c);
 *  - called what hooks.c hooks without klp_mutex, or with a lock that a wake-up
 *    takes, or inlined it, which refuses the module;
 *  - let klp_transition_work pass to another queue than the system's.
 */
#ifdef CONFIG_PREEMPT_RT
#error "the hooks take a spinlock where PREEMPT_RT lets nobody sleep"
#endif

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "runtime.h"

static int __init klprt_init(void)
{
	int err = klprt_advance_init();

	if (err)
		return err;
	klprt_expedite_init();
	err = klprt_hooks_init();
	if (err)
		goto stop;
	err = klprt_device_init();
	if (err)
		goto unhook;
	return 0;
unhook:
	klprt_hooks_exit();
stop:
	klprt_advance_exit();
	klprt_notify_exit();
	klprt_expedite_exit();
	return err;
}

/* No file is open: each holds the module. So nobody waits, and nothing is wanted. */
static void __exit klprt_exit(void)
{
	klprt_device_exit();
	klprt_hooks_exit();
	klprt_advance_exit();
	klprt_notify_exit();
	klprt_expedite_exit();
}

module_init(klprt_init);
module_exit(klprt_exit);
MODULE_DESCRIPTION("advances livepatch transitions and tells of them");
MODULE_LICENSE("GPL");
