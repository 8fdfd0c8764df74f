/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * The data in a patch module of klp-build for its init part (klprt_patch.c). This
 * header is for the kernel's C, and for the C++ that writes and reads such
 * modules.
 *
 *	klprt_objects, klprt_objects_end	.init.klp_objects, an array, and its end
 *	(no symbol)				.init.klp_funcs, what .funcs points into
 *	(no symbol)				.rodata.klp.str1.1, the names
 *	klprt_states				.data, struct klp_state[] ended by id 0;
 *						undefined and weak where there are none
 *	klprt_flags				.rodata, a 32 bit word of KLPRT_*
 *
 * Section names and structures are those of the kernel's own klp-build, which has
 * them since 6.19 in <linux/livepatch_external.h>. The kernel frees the first two
 * sections when the module's init has returned; the names stay.
 */
#ifndef KLPRT_PATCH_H
#define KLPRT_PATCH_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/types.h>
#else
#include <assert.h>
#include <stddef.h>
#endif

#define KLPRT_OBJECTS_SECTION	".init.klp_objects"
#define KLPRT_FUNCS_SECTION	".init.klp_funcs"
#define KLPRT_STRINGS_SECTION	".rodata.klp.str1.1"

/* Take over from every patch that is loaded already. */
#define KLPRT_REPLACE		(1u << 0)
/*
 * The patch has .klp.rela sections against modules. Where the kernel cannot undo
 * their relocations, before 6.3, a patched module must not be unloaded.
 */
#define KLPRT_PIN_TARGETS	(1u << 1)
/*
 * Something (a timer, a work item) may keep the address of a new function when no
 * task runs that function. The patch can be disabled, but its module stays in
 * memory.
 */
#define KLPRT_STAYS		(1u << 2)
/*
 * The same, but post_unpatch callbacks undo it. The kernel calls no callback of a
 * patch that another one replaces, so the module of a replaced patch stays.
 */
#define KLPRT_STAYS_IF_REPLACED	(1u << 3)

struct klp_object;

struct klprt_callbacks_ext {
	int (*pre_patch)(struct klp_object *object);
	void (*post_patch)(struct klp_object *object);
	void (*pre_unpatch)(struct klp_object *object);
	void (*post_unpatch)(struct klp_object *object);
	unsigned char post_unpatch_enabled;	/* the kernel's own, 0 in the file */
};

struct klprt_func_ext {
	const char *old_name;
	void *new_func;
	unsigned long sympos;	/* 0: the name must be unique; else its position, from 1 */
};

struct klprt_object_ext {
	const char *name;	/* NULL: vmlinux */
	struct klprt_func_ext *funcs;
	struct klprt_callbacks_ext callbacks;
	unsigned int nr_funcs;
};

static_assert(sizeof(struct klprt_func_ext) == 24, "as in klp-build's files");
static_assert(sizeof(struct klprt_object_ext) == 64, "as in klp-build's files");
static_assert(offsetof(struct klprt_object_ext, callbacks) == 16, "as in klp-build's files");
static_assert(offsetof(struct klprt_object_ext, nr_funcs) == 56, "as in klp-build's files");

#endif
