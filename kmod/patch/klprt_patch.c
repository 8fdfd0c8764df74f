// SPDX-License-Identifier: GPL-2.0
/*
 * The init part of a patch module that klp-build makes. Init sections describe
 * the patch (klprt_patch.h). The init part makes of them the structures that
 * livepatch works with, which live until the module is removed.
 *
 * Before 6.3 a patch with .klp.rela sections against a module causes trouble when
 * that module is unloaded. The kernel applied the relocations when the module was
 * patched, and does not take them back when the module goes. When the module
 * returns, the kernel finds the places filled and refuses to load it (ENOEXEC).
 * With KLPRT_PIN_TARGETS such a module cannot go: pre_patch takes a reference to
 * it, post_unpatch gives the reference back. This is how the reference interacts
 * with kernel/livepatch, under klp_mutex throughout:
 *
 *  - obj->mod is set when klp_enable_patch() or klp_module_coming() calls pre_patch,
 *    and is still set when post_unpatch is called.
 *  - pre_patch can take a reference to a module that is coming. It cannot take one
 *    to a module that is going, which klp_enable_patch() still finds until
 *    klp_module_going(): enabling fails with EBUSY, and works a moment later.
 *  - If pre_patch fails, the kernel doesn't call post_unpatch: pre_patch gives the
 *    reference back at once. If anything fails after pre_patch, be it in this patch,
 *    in another one, in the module's init or by a reversal, the kernel calls
 *    post_unpatch. The module may be going by then, and its count may be lower than
 *    our reference made it; module_put() takes that.
 *  - The kernel calls no callback of a patch that another one replaces. The replaced
 *    patch has no way to learn of it, so it keeps its references until its module is
 *    removed, and klprt_exit() gives them back. Nothing is lost but time: the new
 *    patch patches the same modules, or their functions are the original ones again.
 *    A forced patch is never removed, nor are its targets.
 *
 * With KLPRT_STAYS_IF_REPLACED pre_patch and post_unpatch also take and give back
 * a reference to the patch's own module, for each object with a post_unpatch of
 * the fix's. So what this post_unpatch undoes, such as a timer that runs new
 * code, is undone before the code can go, or else the module stays. Livepatch's
 * own reference outlasts post_unpatch, so the code that gives our reference back
 * is there until it returns.
 *
 * One case remains: the kernel applies the relocations before it calls pre_patch.
 * So a module that fails to load while the patch is there (its init fails,
 * another patch refuses it) can't be loaded again on these kernels before the
 * patch is gone.
 */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/version.h>

#include "klp_build.h"
#include "klprt_patch.h"

#define KLPRT_CAN_PIN (LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0))

/* Our own data for the entry of klp_patch.objs with the same index. */
struct klprt_target {
	struct module *pinned;
	bool holds_patch;
	int (*pre_patch)(struct klp_object *object);
	void (*post_unpatch)(struct klp_object *object);
};

static_assert(sizeof(struct klprt_state) == sizeof(struct klp_state));
static_assert(offsetof(struct klprt_state, version) == offsetof(struct klp_state, version));
static_assert(offsetof(struct klprt_state, data) == offsetof(struct klp_state, data));

/* Written by klp-build. */
extern const struct klprt_object_ext klprt_objects[], klprt_objects_end[];
extern struct klp_state klprt_states[] __weak;
extern const u32 klprt_flags;

static struct klp_patch klprt_patch = { .mod = THIS_MODULE };
static struct klprt_target *klprt_targets;

static bool klprt_pins(struct klp_object *object)
{
	return KLPRT_CAN_PIN && (klprt_flags & KLPRT_PIN_TARGETS) && object->name;
}

static void klprt_unpin(struct klprt_target *target)
{
	module_put(target->pinned);
	target->pinned = NULL;
}

static void klprt_let_go(struct klprt_target *target)
{
	klprt_unpin(target);
	if (target->holds_patch)
		module_put(THIS_MODULE);
	target->holds_patch = false;
}

static int klprt_pre_patch(struct klp_object *object)
{
	struct klprt_target *target = &klprt_targets[object - klprt_patch.objs];
	int err = 0;

	if (klprt_pins(object)) {
		if (!try_module_get(object->mod))
			return -EBUSY;
		target->pinned = object->mod;
	}
	if ((klprt_flags & KLPRT_STAYS_IF_REPLACED) && target->post_unpatch) {
		__module_get(THIS_MODULE);
		target->holds_patch = true;
	}
	if (target->pre_patch)
		err = target->pre_patch(object);
	if (err)
		klprt_let_go(target);
	return err;
}

static void klprt_post_unpatch(struct klp_object *object)
{
	struct klprt_target *target = &klprt_targets[object - klprt_patch.objs];

	if (target->post_unpatch)
		target->post_unpatch(object);
	klprt_let_go(target);
}

static __init void klprt_copy_callbacks(struct klp_object *object, struct klprt_target *target,
					const struct klprt_callbacks_ext *ext)
{
	object->callbacks.pre_patch = ext->pre_patch;
	object->callbacks.post_patch = ext->post_patch;
	object->callbacks.pre_unpatch = ext->pre_unpatch;
	object->callbacks.post_unpatch = ext->post_unpatch;
	if (!klprt_pins(object) && !(klprt_flags & KLPRT_STAYS_IF_REPLACED))
		return;
	target->pre_patch = ext->pre_patch;
	target->post_unpatch = ext->post_unpatch;
	object->callbacks.pre_patch = klprt_pre_patch;
	object->callbacks.post_unpatch = klprt_post_unpatch;
}

static __init int klprt_copy_object(struct klp_object *object, struct klprt_target *target,
				    const struct klprt_object_ext *ext)
{
	struct klp_func *funcs;
	unsigned int i;

	/* One empty entry ends the array. */
	funcs = kcalloc(ext->nr_funcs + 1, sizeof(*funcs), GFP_KERNEL);
	if (!funcs)
		return -ENOMEM;
	for (i = 0; i < ext->nr_funcs; i++) {
		funcs[i].old_name = ext->funcs[i].old_name;
		funcs[i].new_func = ext->funcs[i].new_func;
		funcs[i].old_sympos = ext->funcs[i].sympos;
	}
	object->name = ext->name;
	object->funcs = funcs;
	klprt_copy_callbacks(object, target, &ext->callbacks);
	return 0;
}

static __init int klprt_copy_patch(void)
{
	size_t count = klprt_objects_end - klprt_objects;
	size_t i;
	int err;

	klprt_targets = kcalloc(count, sizeof(*klprt_targets), GFP_KERNEL);
	klprt_patch.objs = kcalloc(count + 1, sizeof(*klprt_patch.objs), GFP_KERNEL);
	if (!klprt_targets || !klprt_patch.objs)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		err = klprt_copy_object(&klprt_patch.objs[i], &klprt_targets[i],
					&klprt_objects[i]);
		if (err)
			return err;
	}
	klprt_patch.states = klprt_states;
	klprt_patch.replace = klprt_flags & KLPRT_REPLACE;
	return 0;
}

static void klprt_free_patch(void)
{
	struct klp_object *object;

	for (object = klprt_patch.objs; object && object->funcs; object++)
		kfree(object->funcs);
	kfree(klprt_patch.objs);
	kfree(klprt_targets);
}

static int __init klprt_init(void)
{
	int err = klprt_copy_patch();

	if (err)
		goto free;
	/* Code of the patch may run at any time once the patch is enabled. */
	if (klprt_flags & KLPRT_STAYS)
		__module_get(THIS_MODULE);
	err = klp_enable_patch(&klprt_patch);
	if (!err)
		return 0;
	if (klprt_flags & KLPRT_STAYS)
		module_put(THIS_MODULE);
free:
	klprt_free_patch();
	return err;
}

static void __exit klprt_exit(void)
{
	struct klp_object *object;

	/* Only a patch that was replaced has references left; else each is NULL. */
	for (object = klprt_patch.objs; object->funcs; object++)
		klprt_unpin(&klprt_targets[object - klprt_patch.objs]);
	klprt_free_patch();
}

module_init(klprt_init);
module_exit(klprt_exit);
MODULE_DESCRIPTION("a livepatch made by klp-build");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
