// SPDX-License-Identifier: GPL-2.0
/*
 * klp_runtime advances livepatch transitions and tells of them; see klp_runtime(4).
 *
 * The kernel itself does all the work. A transition goes on in passes over all
 * tasks, which the kernel makes a second apart, as klp_transition_work. Most
 * first passes fail because the other CPUs idle: a running task can't be switched
 * from outside, and idle tasks are no exception. A moment later these passes
 * would succeed. So this module queues that very work earlier
 * (mod_delayed_work()). The work's function takes klp_mutex, checks whether a
 * transition is on, and puts itself off by a second if the transition isn't over,
 * as ever. The module never switches a task and never forces a transition: the
 * passing of time could have done all that the module does. The module puts a
 * pass off, by 16 s at most, only to bring the kernel's signals no earlier than
 * is wanted.
 *
 * The module reaches the work by a klp relocation; reach.c says why and how.
 *
 * This would no longer hold if a later kernel
 *  - made an early pass do more than it does now;
 *  - sent its signals by another rule than "every fifteenth failed pass"
 *    (SIGNALS_TIMEOUT, klprt_signal_pass() in advance.c);
 *  - called a function that hooks.c hooks without klp_mutex, or with a lock held
 *    that a wake-up takes;
 *  - inlined such a function: the module then fails to load;
 *  - queued klp_transition_work on another queue than the system's.
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

/*
 * No file is open, since each open file holds the module. So nobody waits, and
 * nothing is wanted.
 */
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
