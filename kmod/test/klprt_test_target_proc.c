// SPDX-License-Identifier: GPL-2.0
/*
 * The test patches replace functions of this module. Each file in
 * /proc/klprt_test is one such function seen from user space:
 *
 *   value                 what klprt_target_value() prints: "original"
 *   counter               how often value was read
 *   twin                  what the two functions named klprt_target_twin return
 *   notrace               what the function that ftrace can't hook returns
 *   sleep                 a read sleeps in klprt_target_sleep(), then finds the end
 *   sleep_uninterruptible the same, but signals do not end the sleep
 *   spin                  a read keeps its CPU busy in klprt_target_spin()
 *   tail                  klprt_target_tail(), which returns at once
 *   wake                  a write ends all that sleeps and spins
 *
 * With init_error=-N the module's init returns -N.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>

#include "target.h"

static struct klprt_gate gate = {
	.queue = __WAIT_QUEUE_HEAD_INITIALIZER(gate.queue),
};

static unsigned int klprt_target_counter;

static int init_error;
module_param(init_error, int, 0);

static noinline __noclone int klprt_target_twin(int number)
{
	return 10 * number + 1;
}

static int value_show(struct seq_file *m, void *v)
{
	WRITE_ONCE(klprt_target_counter, klprt_target_counter + 1);
	klprt_target_value(m);
	return 0;
}

static int counter_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", READ_ONCE(klprt_target_counter));
	return 0;
}

static int twin_show(struct seq_file *m, void *v)
{
	int number = current->pid ? 1 : 0;

	seq_printf(m, "%d %d\n", klprt_target_twin(number),
		   klprt_target_second_twin(number));
	return 0;
}

static int notrace_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d\n", klprt_target_notrace(1));
	return 0;
}

static ssize_t sleep_read(struct file *file, char __user *text,
			  size_t count, loff_t *at)
{
	return klprt_target_sleep(&gate, TASK_INTERRUPTIBLE);
}

static ssize_t sleep_uninterruptible_read(struct file *file, char __user *text,
					  size_t count, loff_t *at)
{
	return klprt_target_sleep(&gate, TASK_UNINTERRUPTIBLE);
}

static ssize_t spin_read(struct file *file, char __user *text,
			 size_t count, loff_t *at)
{
	return klprt_target_spin(&gate);
}

static ssize_t tail_read(struct file *file, char __user *text,
			 size_t count, loff_t *at)
{
	return klprt_target_tail(&gate);
}

static ssize_t wake_write(struct file *file, const char __user *text,
			  size_t count, loff_t *at)
{
	WRITE_ONCE(gate.opened, gate.opened + 1);
	wake_up_all(&gate.queue);
	return count;
}

static const struct {
	const char *name;
	int (*show)(struct seq_file *m, void *v);
} shown[] = {
	{ "value", value_show },
	{ "counter", counter_show },
	{ "twin", twin_show },
	{ "notrace", notrace_show },
};

/*
 * No seq_files: a seq_file can be spliced, and cat would then sleep with the lock
 * of the pipe that it writes to, which stops all writers that share its output.
 */
static const struct {
	const char *name;
	umode_t mode;
	struct proc_ops ops;
} gated[] = {
	{ "sleep", 0444, { .proc_read = sleep_read } },
	{ "sleep_uninterruptible", 0444, { .proc_read = sleep_uninterruptible_read } },
	{ "spin", 0444, { .proc_read = spin_read } },
	{ "tail", 0444, { .proc_read = tail_read } },
	{ "wake", 0200, { .proc_write = wake_write } },
};

static int __init klprt_test_target_init(void)
{
	struct proc_dir_entry *folder;
	int i;

	if (init_error)
		return init_error;
	folder = proc_mkdir("klprt_test", NULL);
	if (!folder)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(shown); i++)
		if (!proc_create_single(shown[i].name, 0444, folder, shown[i].show))
			goto remove;
	for (i = 0; i < ARRAY_SIZE(gated); i++)
		if (!proc_create(gated[i].name, gated[i].mode, folder, &gated[i].ops))
			goto remove;
	return 0;
remove:
	proc_remove(folder);
	return -ENOMEM;
}

static void __exit klprt_test_target_exit(void)
{
	remove_proc_subtree("klprt_test", NULL);
}

module_init(klprt_test_target_init);
module_exit(klprt_test_target_exit);
MODULE_DESCRIPTION("klp test: a module whose functions are replaced");
MODULE_LICENSE("GPL");
