// SPDX-License-Identifier: GPL-2.0
/*
 * A kprobe that sends calls elsewhere, without the post_handler that it should have; or, with
 * exclusive=1, one that has a post_handler, beside which no livepatch may redirect the function.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static bool redirect;
module_param(redirect, bool, 0);
static bool exclusive;
module_param(exclusive, bool, 0);

static int probed_cmdline(struct seq_file *m, void *v)
{
	seq_puts(m, KBUILD_MODNAME "\n");
	return 0;
}
NOKPROBE_SYMBOL(probed_cmdline);

static int pre_handler(struct kprobe *probe, struct pt_regs *regs)
{
	if (!redirect)
		return 0;
	regs->ip = (unsigned long)probed_cmdline;
	return 1;
}

static void post_handler(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = {
	.symbol_name = "cmdline_proc_show",
	.pre_handler = pre_handler,
};

static int __init set(void)
{
	if (exclusive)
		probe.post_handler = post_handler;
	return register_kprobe(&probe);
}

static void __exit clear(void)
{
	unregister_kprobe(&probe);
}

module_init(set);
module_exit(clear);
MODULE_DESCRIPTION("klp test: a kprobe that redirects");
MODULE_LICENSE("GPL");
