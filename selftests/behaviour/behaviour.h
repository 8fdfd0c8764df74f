/* SPDX-License-Identifier: LGPL-2.1-or-later */
//
// The end of a program of this folder: a line on stdout says what the program saw, and the
// status says whether that is the defect. Any other failure is neither.
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GONE = 0, THERE = 1, UNDECIDED = 2 };

__attribute__((noreturn, format(printf, 2, 3))) static inline void saw(int status,
								       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	exit(fflush(stdout) ? UNDECIDED : status);
}

// cannot("open /dev/x"): something that the program needs is missing, with errno's reason.
__attribute__((noreturn)) static inline void cannot(const char *what)
{
	saw(UNDECIDED, "cannot %s: %s", what, strerror(errno));
}
