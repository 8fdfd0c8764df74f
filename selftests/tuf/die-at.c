// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded into a program: at the step DIE_AT of all steps that change a folder, the program dies, or
// with FAIL=1 the step fails with EIO. A step is a call of open() that may write, write(), fsync(),
// renameat(), linkat() and unlinkat(); a write that dies has written half. At the end STEPS has the
// number of the steps.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long steps;

// True if the step is to fail. Dies if it is to die.
static int at_step(void)
{
	const char *when = getenv("DIE_AT");

	steps++;
	if (!when || steps != atol(when))
		return 0;
	if (getenv("FAIL")) {
		errno = EIO;
		return 1;
	}
	raise(SIGKILL);
	return 1;
}

static __attribute__((destructor)) void report(void)
{
	const char *path = getenv("STEPS");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (file) {
		fprintf(file, "%ld\n", steps);
		fclose(file);
	}
}

static int is_file(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
	const char *when = getenv("DIE_AT");

	if (!is_file(fd))
		return next(fd, bytes, size);
	if (when && steps + 1 == atol(when))
		(void)!next(fd, bytes, size / 2);
	return at_step() ? -1 : next(fd, bytes, size);
}

int openat(int folder, const char *path, int flags, ...)
{
	int (*next)(int, const char *, int, mode_t) = dlsym(RTLD_NEXT, "openat");
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	if (flags & O_CREAT && at_step())
		return -1;
	return next(folder, path, flags, mode);
}

int fsync(int fd)
{
	int (*next)(int) = dlsym(RTLD_NEXT, "fsync");

	return at_step() ? -1 : next(fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
	int (*next)(int, const char *, int, const char *) = dlsym(RTLD_NEXT, "renameat");

	return at_step() ? -1 : next(from, old, to, new);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	int (*next)(int, const char *, int, const char *, int) = dlsym(RTLD_NEXT, "linkat");

	return at_step() ? -1 : next(from, old, to, new, flags);
}

int unlinkat(int folder, const char *path, int flags)
{
	int (*next)(int, const char *, int) = dlsym(RTLD_NEXT, "unlinkat");

	return at_step() ? -1 : next(folder, path, flags);
}
