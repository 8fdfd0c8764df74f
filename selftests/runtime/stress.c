// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * stress SECONDS PROCESSES SEED GATE PATCH...: makes calls that anybody could make to
 * the device, sensible or not, in any order and at once. While a file GATE is there, no
 * process opens the device. The only result is the kernel's health. At the end stress
 * says how many calls succeeded and how many the kernel refused, since neither may be
 * 0.
 */
#define _GNU_SOURCE
#include "../../kmod/uapi/klp_runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *gate;
static char **patches;
static unsigned patch_count;
static unsigned long *counts;	/* shared: succeeded, refused */

static void count(int result)
{
	__atomic_fetch_add(&counts[result < 0], 1, __ATOMIC_RELAXED);
}

/* The first byte of N that may be anything, ending where the page ends. */
static void *anything(size_t size)
{
	static unsigned char *pages;

	if (!pages) {
		pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(pages + 2 * 4096, 4096);
	}
	for (size_t i = 0; i < size; i++)
		pages[2 * 4096 - size + i] = random();
	return pages + 2 * 4096 - size;
}

static void advance(int fd)
{
	struct klprt_advance advance = {
		.size = sizeof(advance),
		.urgency = random() % 3,
		.timeout_ms = random() % 3 ? 0 : random() % 50,
	};

	strncpy(advance.patch, patches[random() % patch_count], sizeof(advance.patch) - 1);
	/* One time in four something is wrong with the request. */
	if (random() % 4 == 0)
		((unsigned char *)&advance)[random() % sizeof(advance)] = random();
	/* Come back soon, whatever the call did. */
	if (advance.timeout_ms > 50)
		advance.timeout_ms = 1;
	count(ioctl(fd, KLPRT_IOC_ADVANCE, &advance));
}

static void garbage(int fd)
{
	size_t size = random() % 600;
	unsigned char *argument = anything(size);

	/* A size that is believed, or one that isn't; a wait that ends. */
	if (size >= 16) {
		((__u32 *)argument)[0] = random() % 2 ? size : (size_t)random();
		((__u32 *)argument)[3] = random() % 20;
	}
	count(ioctl(fd, _IO(KLPRT_IOCTL, random() % 4), argument));
}

static void status(int fd)
{
	struct klprt_status status = { .size = sizeof(status) };

	count(ioctl(fd, KLPRT_IOC_STATUS, &status));
}

static void take_events(int fd)
{
	char events[4096];

	count(read(fd, events, random() % sizeof(events)));
	count(read(fd, (void *)(random() % 2 ? 8UL : ~0UL << 47), 4096));
}

static void watch(int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN | POLLPRI | POLLOUT };

	count(poll(&readable, 1, random() % 20));
}

static void wait_until_killed(void)
{
	struct klprt_advance advance = {
		.size = sizeof(advance), .timeout_ms = 60000, .patch = "klprt_no_such_patch",
	};
	struct klprt_event event;
	int fd = open(KLPRT_DEVICE, O_RDONLY);

	if (random() % 2)
		count(ioctl(fd, KLPRT_IOC_ADVANCE, &advance));
	else
		count(read(fd, &event, sizeof(event)));
	_exit(0);
}

/* A process that sleeps in the kernel can be killed there. */
static void kill_a_waiter(int fd)
{
	pid_t pid = fork();

	if (pid == 0)
		wait_until_killed();
	count(pid);
	if (pid < 0)
		return;
	watch(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void one_file(void)
{
	static void (*const acts[])(int fd) = {
		advance, advance, advance, garbage, status, take_events, watch, kill_a_waiter,
	};
	int fd;

	/* All of our processes must be out when the module is unloaded. */
	if (!access(gate, F_OK))
		return (void)usleep(1000);
	fd = open(KLPRT_DEVICE, (random() % 8 ? O_RDONLY : O_RDWR) | O_NONBLOCK);
	/* The device is not there while the module is being loaded again. */
	count(fd);
	if (fd < 0)
		return (void)usleep(1000);
	for (int left = random() % 20; left > 0; left--) {
		acts[random() % (sizeof(acts) / sizeof(*acts))](fd);
		usleep(random() % 2000);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	int processes, status, worst = 0;
	time_t end;

	if (argc < 6) {
		fputs("usage: stress SECONDS PROCESSES SEED GATE PATCH...\n", stderr);
		return 2;
	}
	end = time(NULL) + atoi(argv[1]);
	processes = atoi(argv[2]);
	gate = argv[4];
	patches = argv + 5;
	patch_count = argc - 5;
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		return 1;
	for (int i = 0; i < processes; i++) {
		if (fork())
			continue;
		srandom(atoi(argv[3]) * 1000 + i);
		while (time(NULL) < end)
			one_file();
		_exit(0);
	}
	while (wait(&status) > 0)
		worst |= status;
	printf("%lu calls succeeded, %lu were refused\n", counts[0], counts[1]);
	return worst || !counts[0] || !counts[1];
}
