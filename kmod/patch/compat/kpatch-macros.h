/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * A fix that was written for kpatch-build includes this file. The macros have
 * klp's meaning: the callbacks are those of klp_build.h. A macro that klp has no
 * meaning for leaves its name in a section that klp-build refuses, so no macro is
 * silently without effect.
 *
 * The macros work with a semicolon or without one, as such fixes have them.
 */
#ifndef KLPRT_KPATCH_MACROS_H
#define KLPRT_KPATCH_MACROS_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/livepatch.h>
#include <linux/printk.h>
#include <linux/stringify.h>
#include <linux/version.h>
#include "../klp_build.h"
#include "kpatch-syscall.h"

typedef struct klp_object patch_object;

#define KPATCH_PRE_PATCH_CALLBACK(function)	KLP_PRE_PATCH(function);
#define KPATCH_POST_PATCH_CALLBACK(function)	KLP_POST_PATCH(function);
#define KPATCH_PRE_UNPATCH_CALLBACK(function)	KLP_PRE_UNPATCH(function);
#define KPATCH_POST_UNPATCH_CALLBACK(function)	KLP_POST_UNPATCH(function);

/* kpatch has these macros so that a call of printk() makes no code around it cold. */
#define KPATCH_PRINTK(...)		({ if (jiffies) printk(__VA_ARGS__); })
#define KPATCH_PRINTK_DEFERRED(...)	({ if (jiffies) printk_deferred(__VA_ARGS__); })

#define KPATCH_STATIC_CALL(name)	KLPRT_STATIC_CALL(name)

#define KPATCH_FORCE_UNSAFE(function)	KLPRT_REFUSED(KPATCH_FORCE_UNSAFE, function)
#define KPATCH_IGNORE_FUNCTION(function) KLPRT_REFUSED(KPATCH_IGNORE_FUNCTION, function)
#define KPATCH_IGNORE_SECTION(section)	KLPRT_REFUSED(KPATCH_IGNORE_SECTION, section)
/* Until kpatch 0.5. */
#define KPATCH_LOAD_HOOK(function)	KLPRT_REFUSED(KPATCH_LOAD_HOOK, function)
#define KPATCH_UNLOAD_HOOK(function)	KLPRT_REFUSED(KPATCH_UNLOAD_HOOK, function)

#endif
