// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Uses /dev/klp_runtime for scenarios: opens a file, asks for an advance of a transition, runs
 * a command that starts the transition, prints events.
 *
 *	client follow PATCH URGENCY|- COMMAND...   until PATCH's transition is over: its
 *	                                           events as KIND PASS STATE NS
 *	client wait PATCH URGENCY MS [COMMAND...]  as the kernel waits: STATE PASSES NS
 *	client status                              STATE PASSES PATCH
 *	client poll FILE COMMAND...                what FILE reads after each POLLPRI, until 0
 *	client lag FILE N                          after N reversals through FILE: the events
 *	client pester PATCH                        asks for an advance 200 times
 *	client bad                                 calls that the kernel must refuse
 *	client passed                              its descriptor is of no use without rights
 *	client hold                                keeps the file open until stdin ends
 */
#define _GNU_SOURCE
#include "../../kmod/uapi/klp_runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const states[] = {
	"idle", "patching", "unpatching", "patched", "unpatched",
};
static const char *const kinds[] = {
	"?", "start", "pass", "complete", "reverse", "force", "lost",
};
static const char *const urgencies[] = { "gentle", "normal", "now" };

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_device(int flags)
{
	int fd = open(KLPRT_DEVICE, O_RDONLY | O_CLOEXEC | flags);

	if (fd < 0)
		die(KLPRT_DEVICE);
	return fd;
}

static unsigned urgency_of(const char *name)
{
	for (unsigned i = 0; i < 3; i++)
		if (!strcmp(name, urgencies[i]))
			return i;
	errno = EINVAL;
	die(name);
}

static struct klprt_advance advance_of(const char *patch, const char *urgency, unsigned timeout_ms)
{
	struct klprt_advance advance = {
		.size = sizeof(advance),
		.urgency = urgency_of(urgency),
		.timeout_ms = timeout_ms,
	};

	memcpy(advance.patch, patch, strnlen(patch, sizeof(advance.patch)));
	return advance;
}

static pid_t start(char **command)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execvp(command[0], command);
		die(command[0]);
	}
	return pid;
}

static void finish(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	if (status) {
		fprintf(stderr, "client: the command failed: 0x%x\n", status);
		exit(1);
	}
}

/* Prints the events that there are. Returns whether the transition is over. */
static bool print_events(int fd, const char *patch)
{
	struct klprt_event events[16];
	bool over = false;
	ssize_t got;

	while ((got = read(fd, events, sizeof(events))) > 0) {
		for (size_t i = 0; i < got / sizeof(*events); i++) {
			const struct klprt_event *e = &events[i];

			printf("%s %u %s %llu %llu %s\n", kinds[e->kind], e->pass,
			       states[e->state], e->duration_ns, e->time_ns, e->patch);
			over |= e->kind == KLPRT_COMPLETE && !strcmp(e->patch, patch);
		}
	}
	if (got < 0 && errno != EAGAIN)
		die("read");
	fflush(stdout);
	return over;
}

static int follow(const char *patch, const char *urgency, char **command)
{
	int fd = open_device(O_NONBLOCK);
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	pid_t pid;

	if (strcmp(urgency, "-")) {
		struct klprt_advance advance = advance_of(patch, urgency, 0);

		if (ioctl(fd, KLPRT_IOC_ADVANCE, &advance))
			die("advance");
	}
	pid = start(command);
	while (!print_events(fd, patch))
		if (poll(&readable, 1, 50) < 0)
			die("poll");
	finish(pid);
	return 0;
}

static int wait_for(const char *patch, const char *urgency, const char *ms, char **command)
{
	struct klprt_advance advance = advance_of(patch, urgency, atoi(ms));
	int fd = open_device(0);
	pid_t pid = *command ? start(command) : 0;

	if (ioctl(fd, KLPRT_IOC_ADVANCE, &advance))
		die("advance");
	printf("%s %u %llu\n", states[advance.state], advance.passes, advance.ns);
	if (pid)
		finish(pid);
	return 0;
}

static int status(void)
{
	struct klprt_status status = { .size = sizeof(status) };

	if (ioctl(open_device(0), KLPRT_IOC_STATUS, &status))
		die("status");
	printf("%s %u %s\n", states[status.state], status.passes, status.patch);
	return 0;
}

/* Acts as any program that knows poll(2) and nothing of this device. */
static int poll_stock(const char *path, char **command)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct pollfd changed = { .fd = fd, .events = POLLPRI };
	char text[8] = "";
	pid_t pid;

	if (fd < 0 || pread(fd, text, sizeof(text), 0) < 0)
		die(path);
	pid = start(command);
	do {
		if (poll(&changed, 1, 30000) != 1) {
			errno = ETIMEDOUT;
			die("poll");
		}
		if (pread(fd, text, sizeof(text), 0) < 0)
			die(path);
		printf("%c\n", text[0]);
	} while (text[0] != '0');
	finish(pid);
	return 0;
}

/* N is even, so that the transition ends in its first direction. */
static int lag(const char *path, int reversals)
{
	int fd = open_device(O_NONBLOCK), enabled = open(path, O_WRONLY | O_CLOEXEC);

	if (enabled < 0)
		die(path);
	for (int i = 0; i < reversals; i++)
		if (pwrite(enabled, i % 2 ? "1" : "0", 1, 0) != 1)
			die(path);
	print_events(fd, "");
	return 0;
}

static int pester(const char *patch)
{
	struct klprt_advance advance = advance_of(patch, "normal", 1);
	int fd = open_device(0);

	for (int i = 0; i < 200; i++)
		if (ioctl(fd, KLPRT_IOC_ADVANCE, &advance))
			die("advance");
	return 0;
}

static int failures;

static void refused(const char *what, int fd, unsigned long command, void *argument, int expected)
{
	int got = ioctl(fd, command, argument) ? errno : 0;

	if (got == expected)
		return;
	printf("%s: %s instead of %s\n", what, strerrorname_np(got), strerrorname_np(expected));
	failures++;
}

static int bad(void)
{
	struct {
		struct klprt_advance advance;
		unsigned char more[64];
	} longer = { .advance = advance_of("klprt_no_such_patch", "gentle", 0) };
	struct klprt_advance good = longer.advance, try;
	int fd = open_device(O_NONBLOCK);
	char *end = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char event[sizeof(struct klprt_event)];

	if (end == MAP_FAILED || munmap(end + 4096, 4096))
		die("mmap");
	refused("an unknown command", fd, _IO(KLPRT_IOCTL, 99), &good, ENOTTY);
	refused("no pointer", fd, KLPRT_IOC_ADVANCE, NULL, EFAULT);
	refused("no pointer", fd, KLPRT_IOC_STATUS, NULL, EFAULT);
	refused("a kernel pointer", fd, KLPRT_IOC_STATUS, (void *)0xffffffff81000000, EFAULT);
	memcpy(end + 4096 - 8, &good, 8);
	refused("half a structure", fd, KLPRT_IOC_ADVANCE, end + 4096 - 8, EFAULT);
	try = good, try.size = 0;
	refused("size 0", fd, KLPRT_IOC_ADVANCE, &try, EINVAL);
	try = good, try.size--;
	refused("a size too small", fd, KLPRT_IOC_ADVANCE, &try, EINVAL);
	try = good, try.size = ~0U;
	refused("a size too large", fd, KLPRT_IOC_ADVANCE, &try, E2BIG);
	try = good, try.flags = 1;
	refused("a flag", fd, KLPRT_IOC_ADVANCE, &try, EINVAL);
	try = good, try.urgency = 3;
	refused("an urgency", fd, KLPRT_IOC_ADVANCE, &try, EINVAL);
	try = good, try.patch[0] = 0;
	refused("no name", fd, KLPRT_IOC_ADVANCE, &try, EINVAL);
	try = good, memset(try.patch, 'x', sizeof(try.patch));
	refused("a name without end", fd, KLPRT_IOC_ADVANCE, &try, EINVAL);
	longer.advance.size = sizeof(longer);
	refused("a longer structure of zeroes", fd, KLPRT_IOC_ADVANCE, &longer, 0);
	longer.more[sizeof(longer.more) - 1] = 1;
	refused("something unknown", fd, KLPRT_IOC_ADVANCE, &longer, E2BIG);
	refused("nothing", fd, KLPRT_IOC_ADVANCE, &good, 0);
	if (read(fd, event, sizeof(event) - 1) != -1 || errno != EINVAL)
		failures += printf("a read of less than an event: %s\n", strerror(errno));
	if (read(fd, event, sizeof(event)) != -1 || errno != EAGAIN)
		failures += printf("a read of no event: %s\n", strerror(errno));
	if (write(fd, event, 1) != -1 || errno != EBADF)
		failures += printf("a write: %s\n", strerror(errno));
	return failures != 0;
}

/* Root has opened it, and a process without rights has got hold of it. */
static int passed(void)
{
	struct klprt_advance advance = advance_of("klprt_no_such_patch", "gentle", 0);
	struct klprt_status status = { .size = sizeof(status) };
	char event[sizeof(struct klprt_event)];
	int fd = open_device(O_NONBLOCK);
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	refused("root's status", fd, KLPRT_IOC_STATUS, &status, 0);
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		die("setresuid");
	refused("nobody's status", fd, KLPRT_IOC_STATUS, &status, EPERM);
	refused("nobody's advance", fd, KLPRT_IOC_ADVANCE, &advance, EPERM);
	if (read(fd, event, sizeof(event)) != -1 || errno != EPERM)
		failures += printf("nobody's read: %s\n", strerror(errno));
	if (poll(&readable, 1, 0) != 1 || readable.revents != POLLERR)
		failures += printf("nobody's poll: %#x\n", readable.revents);
	return failures != 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	char byte;

	if (!strcmp(verb, "follow") && argc > 4)
		return follow(argv[2], argv[3], argv + 4);
	if (!strcmp(verb, "wait") && argc > 4)
		return wait_for(argv[2], argv[3], argv[4], argv + 5);
	if (!strcmp(verb, "status") && argc == 2)
		return status();
	if (!strcmp(verb, "poll") && argc > 3)
		return poll_stock(argv[2], argv + 3);
	if (!strcmp(verb, "lag") && argc == 4)
		return lag(argv[2], atoi(argv[3]));
	if (!strcmp(verb, "pester") && argc == 3)
		return pester(argv[2]);
	if (!strcmp(verb, "bad") && argc == 2)
		return bad();
	if (!strcmp(verb, "passed") && argc == 2)
		return passed();
	if (!strcmp(verb, "hold") && argc == 2) {
		open_device(0);
		puts("open");
		fflush(stdout);
		return read(0, &byte, 1) < 0;
	}
	fputs("usage: see the head of client.c\n", stderr);
	return 2;
}
