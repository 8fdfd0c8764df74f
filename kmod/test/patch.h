/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common parts of the test patches, in the form that samples/livepatch uses:
 * static arrays, each ended by an empty entry.
 */
#ifndef KLPRT_TEST_PATCH_H
#define KLPRT_TEST_PATCH_H

#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#define TARGET "klprt_test_target"
#define VMLINUX NULL

/* Defines a replacement for a function that shows a seq_file. */
#define SHOW(name)					\
static int name(struct seq_file *m, void *v)		\
{							\
	seq_puts(m, KBUILD_MODNAME "\n");		\
	return 0;					\
}

#define SHOW_OF_TARGET(name)				\
static void name(struct seq_file *m)			\
{							\
	seq_puts(m, KBUILD_MODNAME "\n");		\
}

/* Defines `objects`, the functions of one object. */
#define OBJECT(object, ...)				\
static struct klp_func functions[] = {			\
	__VA_ARGS__, {}					\
};							\
static struct klp_object objects[] = {			\
	{ .name = object, .funcs = functions }, {}	\
}

#define FUNC(function, replacement)			\
	{ .old_name = function, .new_func = replacement }

/* Defines `patch` from `objects`; the rest sets further fields. */
#define PATCH(...)					\
static struct klp_patch patch = {			\
	.mod = THIS_MODULE,				\
	.objs = objects,				\
	__VA_ARGS__					\
}

#define ENABLE(what)					\
static int __init enable(void)				\
{							\
	return klp_enable_patch(&patch);		\
}							\
static void __exit nothing(void)			\
{							\
}							\
module_init(enable);					\
module_exit(nothing);					\
DESCRIPTION(what)

#define DESCRIPTION(what)				\
MODULE_DESCRIPTION("klp test: " what);			\
MODULE_LICENSE("GPL")

#define LIVEPATCH(what)					\
ENABLE(what);						\
MODULE_INFO(livepatch, "Y")

#endif
