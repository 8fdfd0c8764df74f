// SPDX-License-Identifier: GPL-2.0
/*
 * Makes poll(2) (POLLPRI) work on /sys/kernel/livepatch/PATCH/transition, which
 * livepatch itself doesn't do. klp_runtime notifies the file when a transition
 * begins, is reversed, and is over.
 *
 * The lookup of the file takes a lock to sleep on, so a work item does the lookup
 * when the transition begins. Later notifications find the file's node there. If
 * the transition ends before the work has run, the work's own notification
 * reports the end.
 */
#include <linux/kernfs.h>
#include <linux/kobject.h>

#include "runtime.h"

static struct kernfs_node *klprt_node;		/* under klprt_lock */
static char klprt_node_patch[KLPRT_NAME_SIZE];
static bool klprt_node_found;

static struct kernfs_node *klprt_find_node(const char *patch)
{
	const char *const path[] = { "livepatch", patch, "transition" };
	struct kernfs_node *node = kernel_kobj->sd, *next;
	int i;

	kernfs_get(node);
	for (i = 0; i < ARRAY_SIZE(path) && node; i++) {
		next = kernfs_find_and_get(node, path[i]);
		kernfs_put(node);
		node = next;
	}
	return node;
}

static void klprt_look_up(struct work_struct *work)
{
	char patch[KLPRT_NAME_SIZE];
	struct kernfs_node *node;

	spin_lock_irq(&klprt_lock);
	strscpy(patch, klprt_node_patch, sizeof(patch));
	spin_unlock_irq(&klprt_lock);
	node = klprt_find_node(patch);
	if (!node)
		return;
	/*
	 * Under the lock: this notification covers earlier events, and later
	 * events find the node.
	 */
	spin_lock_irq(&klprt_lock);
	kernfs_notify(node);
	if (!strcmp(patch, klprt_node_patch)) {
		swap(node, klprt_node);
		klprt_node_found = true;
	}
	spin_unlock_irq(&klprt_lock);
	kernfs_put(node);
}

static DECLARE_WORK(klprt_look_up_work, klprt_look_up);

void klprt_notify_begin(void)
{
	/*
	 * The node of an earlier transition may still be in klprt_node. The work
	 * puts that node, not this function.
	 */
	klprt_node_found = false;
	strscpy(klprt_node_patch, klprt_transition.patch, sizeof(klprt_node_patch));
	schedule_work(&klprt_look_up_work);
}

void klprt_notify(void)
{
	if (klprt_node_found)
		kernfs_notify(klprt_node);
}

void klprt_notify_exit(void)
{
	cancel_work_sync(&klprt_look_up_work);
	kernfs_put(klprt_node);
}
