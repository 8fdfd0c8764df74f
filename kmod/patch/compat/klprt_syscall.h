/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * A system call's functions without the tables that SYSCALL_DEFINE adds for
 * tracing. The kernel's tables stay, and a second set would be new entries that
 * only booting sets up. <linux/syscalls.h> has the stubs, which the system call
 * table names, and the macros that widen the arguments of 32 bits.
 *
 * The body is part of __se_sys_NAME, whatever its size. ftrace could not see a
 * separate body function, as it can't see anything inline.
 */
#ifndef KLPRT_SYSCALL_H
#define KLPRT_SYSCALL_H

#include <linux/static_call.h>
#include <linux/syscalls.h>

#define KLPRT_SYSCALL(count, name, ...)								\
	static long __se_sys##name(__MAP(count, __SC_LONG, __VA_ARGS__));			\
	static __always_inline long klprt_body##name(__MAP(count, __SC_DECL, __VA_ARGS__));	\
	__X64_SYS_STUBx(count, name, __VA_ARGS__)						\
	__IA32_SYS_STUBx(count, name, __VA_ARGS__)						\
	static long __se_sys##name(__MAP(count, __SC_LONG, __VA_ARGS__))			\
	{											\
		__MAP(count, __SC_TEST, __VA_ARGS__);						\
		return klprt_body##name(__MAP(count, __SC_CAST, __VA_ARGS__));			\
	}											\
	static __always_inline long klprt_body##name(__MAP(count, __SC_DECL, __VA_ARGS__))

/* A static call of a module, by the function in its key: a site of its own is set up too early. */
#define KLPRT_STATIC_CALL(name)	((typeof(&STATIC_CALL_TRAMP(name)))STATIC_CALL_KEY(name).func)

#endif
