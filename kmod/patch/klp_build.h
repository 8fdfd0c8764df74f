/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * The source of a fix for klp-build(1) may declare callbacks and states beside
 * its code. The kernel calls the callbacks when the object that the source file
 * is part of, vmlinux or a module, is patched and unpatched. The states are those
 * of the system that the fix changes. See callbacks.rst and system-state.rst in
 * the kernel's Documentation/livepatch.
 *
 *	static int set_limit(struct klp_object *object) { ...; return 0; }
 *	KLP_PRE_PATCH(set_limit);
 *	KLP_STATE(7, 1);
 *
 * No fix includes this file. klp-build includes it, before all else, where a
 * patch uses one of the macros or includes one of the headers of other tools that
 * compat/ has. So nothing here depends on another header, and nothing clashes
 * with <linux/livepatch.h>. A fix includes that header if it accesses a struct
 * klp_object or asks for the states of other patches.
 *
 * Each macro makes a variable in a section of its own, which klp-build takes out of
 * the object.
 */
#ifndef KLP_BUILD_H
#define KLP_BUILD_H

#define KLPRT_PRE_PATCH_SECTION		".klp.pre_patch"
#define KLPRT_POST_PATCH_SECTION	".klp.post_patch"
#define KLPRT_PRE_UNPATCH_SECTION	".klp.pre_unpatch"
#define KLPRT_POST_UNPATCH_SECTION	".klp.post_unpatch"
#define KLPRT_STATES_SECTION		".klp.states"
#define KLPRT_REFUSED_SECTION		".klp.refused"

struct klp_object;

/* struct klp_state, by a name that <linux/livepatch.h> leaves free. */
struct klprt_state {
	unsigned long id;
	unsigned int version;
	void *data;
};

#define KLPRT_CALLBACK(name, section, result, function)					\
	static result (*const name)(struct klp_object *object)				\
		__attribute__((__used__, __section__(section))) = function

/* Before the first task runs the new code; the kernel refuses the patch at any value but 0. */
#define KLP_PRE_PATCH(function)								\
	KLPRT_CALLBACK(klprt_pre_patch_##function, KLPRT_PRE_PATCH_SECTION, int, function)
/* When all tasks run the new code. */
#define KLP_POST_PATCH(function)							\
	KLPRT_CALLBACK(klprt_post_patch_##function, KLPRT_POST_PATCH_SECTION, void, function)
/* Before the first task goes back to the old code. */
#define KLP_PRE_UNPATCH(function)							\
	KLPRT_CALLBACK(klprt_pre_unpatch_##function, KLPRT_PRE_UNPATCH_SECTION, void, function)
/* When no task runs the new code any more. */
#define KLP_POST_UNPATCH(function)							\
	KLPRT_CALLBACK(klprt_post_unpatch_##function, KLPRT_POST_UNPATCH_SECTION, void,	\
		       function)

/* Keeps as text a request of another tool's fix that klp does not support; see compat/. */
#define KLPRT_REFUSED_NAMED(number, text)						\
	static const char klprt_refused_##number[]					\
		__attribute__((__used__, __section__(KLPRT_REFUSED_SECTION))) = text;
#define KLPRT_REFUSED_NUMBERED(number, text) KLPRT_REFUSED_NAMED(number, text)
#define KLPRT_REFUSED(macro, argument)							\
	KLPRT_REFUSED_NUMBERED(__COUNTER__, #macro "(" #argument ")")

#define KLP_STATE(number, its_version)							\
	_Static_assert((number) != 0, "0 ends the list of states");			\
	static struct klprt_state klprt_state_##number					\
		__attribute__((__used__, __section__(KLPRT_STATES_SECTION), __aligned__(8))) = \
		{ .id = (number), .version = (its_version) }
/* The void * of a state, for patches to come; in the file that declares the state. */
#define KLP_STATE_DATA(number) (klprt_state_##number.data)

#endif
