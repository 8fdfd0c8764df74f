// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/klp_runtime, for root alone: its users read events and advance a
 * transition. Each open file has its own events and its own advance. The module
 * can't go while a file is open.
 *
 * A descriptor outlives the rights of its opener: it is inherited, or sent over a
 * socket. So each request checks the rights of the task that makes it.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "runtime.h"

static bool klprt_may_ask(void)
{
	return capable(CAP_SYS_ADMIN);
}

static int klprt_open(struct inode *inode, struct file *filp)
{
	struct klprt_file *file = kvzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	init_waitqueue_head(&file->wait);
	mutex_init(&file->reading);
	filp->private_data = file;
	spin_lock_irq(&klprt_lock);
	list_add_tail(&file->node, &klprt_files);
	spin_unlock_irq(&klprt_lock);
	return stream_open(inode, filp);
}

static int klprt_release(struct inode *inode, struct file *filp)
{
	struct klprt_file *file = filp->private_data;

	spin_lock_irq(&klprt_lock);
	list_del(&file->node);
	spin_unlock_irq(&klprt_lock);
	kvfree(file);
	return 0;
}

static bool klprt_next_event(struct klprt_file *file, struct klprt_event *event)
{
	bool any;

	spin_lock_irq(&klprt_lock);
	any = klprt_peek_event(file, event);
	spin_unlock_irq(&klprt_lock);
	return any;
}

static bool klprt_has_event(struct klprt_file *file)
{
	return READ_ONCE(file->count) || READ_ONCE(file->lost);
}

/*
 * Copies as many events as there are and as fit. An event that can't be copied
 * stays in the ring.
 */
static ssize_t klprt_copy_events(struct klprt_file *file, char __user *text, size_t size)
{
	struct klprt_event event;
	ssize_t copied = 0;

	while (size - copied >= sizeof(event) && klprt_next_event(file, &event)) {
		if (copy_to_user(text + copied, &event, sizeof(event)))
			return copied ?: -EFAULT;
		copied += sizeof(event);
		spin_lock_irq(&klprt_lock);
		klprt_drop_event(file, &event);
		spin_unlock_irq(&klprt_lock);
	}
	return copied;
}

static ssize_t klprt_read(struct file *filp, char __user *text, size_t size, loff_t *at)
{
	struct klprt_file *file = filp->private_data;
	ssize_t copied;
	int err;

	if (!klprt_may_ask())
		return -EPERM;
	if (size < sizeof(struct klprt_event))
		return -EINVAL;
	for (;;) {
		err = mutex_lock_interruptible(&file->reading);
		if (err)
			return err;
		copied = klprt_copy_events(file, text, min_t(size_t, size, MAX_RW_COUNT));
		mutex_unlock(&file->reading);
		if (copied)
			return copied;
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(file->wait, klprt_has_event(file));
		if (err)
			return err;
	}
}

static __poll_t klprt_poll(struct file *filp, poll_table *table)
{
	struct klprt_file *file = filp->private_data;

	if (!klprt_may_ask())
		return EPOLLERR;
	poll_wait(filp, &file->wait, table);
	return klprt_has_event(file) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* Copies the caller's structure into ours, whichever is longer. *SIZE is the caller's size. */
static int klprt_take(void *taken, size_t our_size, const void __user *from, u32 *size)
{
	if (get_user(*size, (const u32 __user *)from))
		return -EFAULT;
	/* No version is shorter than version 1. */
	if (*size < our_size)
		return -EINVAL;
	if (*size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(taken, our_size, from, *size);
}

static int klprt_status(struct klprt_status __user *user)
{
	struct klprt_status status;
	u32 size;
	int err = klprt_take(&status, sizeof(status), user, &size);

	if (err)
		return err;
	spin_lock_irq(&klprt_lock);
	status = (struct klprt_status) {
		.size = size,
		.version = KLPRT_VERSION,
		.state = klprt_transition.state,
		.passes = klprt_transition.passes,
		.since_ns = klprt_transition.since_ns,
		.busy_ns = klprt_transition.busy_ns,
	};
	memcpy(status.patch, klprt_transition.patch, sizeof(status.patch));
	spin_unlock_irq(&klprt_lock);
	return copy_to_user(user, &status, sizeof(status)) ? -EFAULT : 0;
}

static bool klprt_has_ended(struct klprt_file *file, unsigned long number)
{
	bool ended;

	spin_lock_irq(&klprt_lock);
	ended = !file->goal.wanted || file->goal.number != number;
	spin_unlock_irq(&klprt_lock);
	return ended;
}

static unsigned long klprt_want(struct klprt_file *file, const struct klprt_advance *advance)
{
	unsigned long number;

	spin_lock_irq(&klprt_lock);
	number = file->goal.number + 1;
	file->goal = (struct klprt_goal) {
		.wanted = true, .number = number, .urgency = advance->urgency,
	};
	strscpy(file->goal.patch, advance->patch, sizeof(file->goal.patch));
	klprt_advance_from_now();
	/* A task that waits for the file's earlier request need not wait any more. */
	wake_up_all(&file->wait);
	spin_unlock_irq(&klprt_lock);
	return number;
}

static int klprt_tell(struct klprt_file *file, unsigned long number, struct klprt_advance *advance)
{
	const struct klprt_goal *goal = &file->goal;
	int err = 0;

	spin_lock_irq(&klprt_lock);
	if (goal->number != number) {
		err = -ECANCELED;
	} else if (!goal->wanted) {
		advance->state = goal->state;
		advance->passes = goal->passes;
		advance->ns = goal->ns;
	} else if (klprt_transition.state != KLPRT_IDLE &&
		   !strcmp(goal->patch, klprt_transition.patch)) {
		advance->state = klprt_transition.state;
		advance->passes = klprt_transition.passes;
		advance->ns = ktime_get_ns() - klprt_transition.since_ns;
	} else {
		advance->state = KLPRT_IDLE;
		advance->passes = 0;
		advance->ns = 0;
	}
	spin_unlock_irq(&klprt_lock);
	return err;
}

static int klprt_advance_ioctl(struct klprt_file *file, struct klprt_advance __user *user)
{
	struct klprt_advance advance;
	unsigned long number;
	long left = 0;
	u32 size;
	int err = klprt_take(&advance, sizeof(advance), user, &size);

	if (err)
		return err;
	if (advance.flags || advance.urgency > KLPRT_NOW || !advance.patch[0] ||
	    strnlen(advance.patch, sizeof(advance.patch)) == sizeof(advance.patch))
		return -EINVAL;
	number = klprt_want(file, &advance);
	if (advance.timeout_ms)
		left = wait_event_killable_timeout(file->wait, klprt_has_ended(file, number),
						   msecs_to_jiffies(advance.timeout_ms));
	if (left < 0)
		return left;
	err = klprt_tell(file, number, &advance);
	if (err)
		return err;
	return copy_to_user(user, &advance, sizeof(advance)) ? -EFAULT : 0;
}

static long klprt_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	void __user *user = (void __user *)argument;

	if (!klprt_may_ask())
		return -EPERM;
	switch (command) {
	case KLPRT_IOC_STATUS:
		return klprt_status(user);
	case KLPRT_IOC_ADVANCE:
		return klprt_advance_ioctl(filp->private_data, user);
	}
	return -ENOTTY;
}

static const struct file_operations klprt_operations = {
	.owner = THIS_MODULE,
	.open = klprt_open,
	.release = klprt_release,
	.read = klprt_read,
	.poll = klprt_poll,
	.unlocked_ioctl = klprt_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice klprt_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &klprt_operations,
	.mode = 0600,
};

int klprt_device_init(void)
{
	return misc_register(&klprt_device);
}

void klprt_device_exit(void)
{
	misc_deregister(&klprt_device);
}
