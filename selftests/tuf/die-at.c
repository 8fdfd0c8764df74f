// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded into a program, it makes a step of the program fail. A step is a call that changes a file
// or a folder: an open() that may make a file, write(), ftruncate(), fsync(), mkdir(), and the calls
// that rename, link and unlink. In the environment:
//
//	DIE_AT=N	the program dies at the step N; a write that dies has written half
//	FAIL=1		the step of DIE_AT fails with EIO instead
//	FULL_AT=N	from the step N on, a step that needs space fails with ENOSPC; a write at the
//			step N is short
//	SYNC_FAILS_AT=N	the Nth sync fails with EIO
//	STEPS=PATH	gets the number of the steps at the end
//
// N may also be the path of a file that has the number. Counting begins with the first step that
// finds this number there; without the file nothing fails. A program that goes on meets several
// faults by such a file, one after another.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEXT(name) ((typeof(name) *)dlsym(RTLD_NEXT, #name))

struct count {
	long done, start; // the number of steps; of those before the number was first seen
	char seen[32];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct count deaths, full, syncs;

enum needs { nothing, space, sync_space };
enum fate { goes_on, dies, fails, is_short };

static const char *text_of(const char *name, char *buffer, size_t size)
{
	const char *text = getenv(name);
	ssize_t got;
	int fd;

	if (!text || text[0] != '/')
		return text;
	fd = NEXT(openat)(AT_FDCWD, text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	got = read(fd, buffer, size - 1);
	close(fd);
	buffer[got > 0 ? got : 0] = '\0';
	return buffer;
}

// How far this step is beyond the one that the variable names: 0 for this one, below 0 before it.
static long beyond(const char *name, struct count *count)
{
	char buffer[sizeof(count->seen)] = "";
	const char *text = text_of(name, buffer, sizeof(buffer));

	count->done++;
	if (!text || atol(text) <= 0) {
		count->seen[0] = '\0';
		return -1;
	}
	if (strncmp(count->seen, text, sizeof(count->seen) - 1) != 0) {
		count->start = text == buffer ? count->done - 1 : 0;
		snprintf(count->seen, sizeof(count->seen), "%s", text);
	}
	return count->done - count->start - atol(text);
}

static enum fate failing(int error, enum fate fate)
{
	errno = error;
	return fate;
}

// errno has why a step fails.
static enum fate at_step(enum needs needs)
{
	long past_death, past_full, past_sync;

	pthread_mutex_lock(&mutex);
	past_death = beyond("DIE_AT", &deaths);
	past_full = beyond("FULL_AT", &full);
	past_sync = needs == sync_space ? beyond("SYNC_FAILS_AT", &syncs) : -1;
	pthread_mutex_unlock(&mutex);
	if (past_death == 0)
		return getenv("FAIL") ? failing(EIO, fails) : dies;
	if (past_sync == 0)
		return failing(EIO, fails);
	if (past_full >= 0 && needs != nothing)
		return failing(ENOSPC, past_full == 0 ? is_short : fails);
	return goes_on;
}

// True if the step is to fail. Dies if it is to die.
static int fails_at_step(enum needs needs)
{
	enum fate fate = at_step(needs);

	if (fate == dies)
		raise(SIGKILL);
	return fate != goes_on;
}

static __attribute__((destructor)) void report(void)
{
	const char *path = getenv("STEPS");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (file) {
		fprintf(file, "%ld\n", deaths.done);
		fclose(file);
	}
}

static int is_file(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

static enum needs needs_of_new(int folder, const char *path)
{
	return faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? nothing : space;
}

// at is -1 for a write at the file's own place.
static ssize_t write_some(int fd, const void *bytes, size_t size, off_t at)
{
	return at < 0 ? NEXT(write)(fd, bytes, size) : NEXT(pwrite)(fd, bytes, size, at);
}

static ssize_t write_at(int fd, const void *bytes, size_t size, off_t at)
{
	enum fate fate = is_file(fd) ? at_step(space) : goes_on;

	switch (fate) {
	case dies:
		(void)!write_some(fd, bytes, size / 2, at);
		raise(SIGKILL);
		return -1;
	case is_short:
		return size < 2 ? -1 : write_some(fd, bytes, size / 2, at);
	case fails:
		return -1;
	default:
		return write_some(fd, bytes, size, at);
	}
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	return write_at(fd, bytes, size, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	return write_at(fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
	return write_at(fd, bytes, size, at);
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
	if (flags & O_CREAT && fails_at_step(needs_of_new(folder, path)))
		return -1;
	return NEXT(openat)(folder, path, flags, mode);
}

#define MODE(last, flags)                                         \
	({                                                        \
		va_list arguments;                                \
		mode_t mode = 0;                                  \
		va_start(arguments, last);                        \
		if ((flags) & O_CREAT)                            \
			mode = va_arg(arguments, mode_t);         \
		va_end(arguments);                                \
		mode;                                             \
	})

int open(const char *path, int flags, ...)
{
	return open_at(AT_FDCWD, path, flags, MODE(flags, flags));
}

int open64(const char *path, int flags, ...)
{
	return open_at(AT_FDCWD, path, flags, MODE(flags, flags));
}

int openat(int folder, const char *path, int flags, ...)
{
	return open_at(folder, path, flags, MODE(flags, flags));
}

static enum needs needs_of_size(int fd, off_t size)
{
	struct stat status;

	return fstat(fd, &status) == 0 && size > status.st_size ? space : nothing;
}

int ftruncate(int fd, off_t size)
{
	return fails_at_step(needs_of_size(fd, size)) ? -1 : NEXT(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
	return fails_at_step(needs_of_size(fd, size)) ? -1 : NEXT(ftruncate64)(fd, size);
}

int fsync(int fd)
{
	return fails_at_step(sync_space) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
	return fails_at_step(sync_space) ? -1 : NEXT(fdatasync)(fd);
}

int mkdir(const char *path, mode_t mode)
{
	return fails_at_step(needs_of_new(AT_FDCWD, path)) ? -1 : NEXT(mkdir)(path, mode);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails_at_step(space) ? -1 : NEXT(renameat)(from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags)
{
	return fails_at_step(space) ? -1 : NEXT(renameat2)(from, old, to, new, flags);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	return fails_at_step(space) ? -1 : NEXT(linkat)(from, old, to, new, flags);
}

int unlinkat(int folder, const char *path, int flags)
{
	return fails_at_step(nothing) ? -1 : NEXT(unlinkat)(folder, path, flags);
}

int unlink(const char *path)
{
	return fails_at_step(nothing) ? -1 : NEXT(unlink)(path);
}

int remove(const char *path)
{
	return fails_at_step(nothing) ? -1 : NEXT(remove)(path);
}
