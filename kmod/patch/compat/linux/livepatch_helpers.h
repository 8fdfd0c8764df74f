/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * A fix that was written for the kernel's own klp-build includes this file. The
 * macros have klp's meaning. A kernel that has a file of this name has it for its
 * own build.
 */
#ifndef _LINUX_LIVEPATCH_HELPERS_H
#define _LINUX_LIVEPATCH_HELPERS_H

#include <linux/livepatch.h>
#include "../../klp_build.h"
#include "../klprt_syscall.h"

#define KLP_PRE_PATCH_CALLBACK(function)	KLP_PRE_PATCH(function)
#define KLP_POST_PATCH_CALLBACK(function)	KLP_POST_PATCH(function)
#define KLP_PRE_UNPATCH_CALLBACK(function)	KLP_PRE_UNPATCH(function)
#define KLP_POST_UNPATCH_CALLBACK(function)	KLP_POST_UNPATCH(function)

#define KLP_STATIC_CALL(name)			KLPRT_STATIC_CALL(name)

#define KLP_SYSCALL_DEFINE1(name, ...)		KLPRT_SYSCALL(1, _##name, __VA_ARGS__)
#define KLP_SYSCALL_DEFINE2(name, ...)		KLPRT_SYSCALL(2, _##name, __VA_ARGS__)
#define KLP_SYSCALL_DEFINE3(name, ...)		KLPRT_SYSCALL(3, _##name, __VA_ARGS__)
#define KLP_SYSCALL_DEFINE4(name, ...)		KLPRT_SYSCALL(4, _##name, __VA_ARGS__)
#define KLP_SYSCALL_DEFINE5(name, ...)		KLPRT_SYSCALL(5, _##name, __VA_ARGS__)
#define KLP_SYSCALL_DEFINE6(name, ...)		KLPRT_SYSCALL(6, _##name, __VA_ARGS__)
#define KLP_SYSCALL_DEFINEx(count, name, ...)	KLPRT_SYSCALL(count, name, __VA_ARGS__)

#endif
