/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
#ifndef KLPRT_KPATCH_SYSCALL_H
#define KLPRT_KPATCH_SYSCALL_H

#include "kpatch-macros.h"
#include "klprt_syscall.h"

#define KPATCH_SYSCALL_DEFINE1(name, ...)	KLPRT_SYSCALL(1, _##name, __VA_ARGS__)
#define KPATCH_SYSCALL_DEFINE2(name, ...)	KLPRT_SYSCALL(2, _##name, __VA_ARGS__)
#define KPATCH_SYSCALL_DEFINE3(name, ...)	KLPRT_SYSCALL(3, _##name, __VA_ARGS__)
#define KPATCH_SYSCALL_DEFINE4(name, ...)	KLPRT_SYSCALL(4, _##name, __VA_ARGS__)
#define KPATCH_SYSCALL_DEFINE5(name, ...)	KLPRT_SYSCALL(5, _##name, __VA_ARGS__)
#define KPATCH_SYSCALL_DEFINE6(name, ...)	KLPRT_SYSCALL(6, _##name, __VA_ARGS__)
#define KPATCH_SYSCALL_DEFINEx(count, name, ...) KLPRT_SYSCALL(count, name, __VA_ARGS__)

#endif
