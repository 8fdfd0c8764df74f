// SPDX-License-Identifier: LGPL-2.1-or-later
//
// crowd THREADS: so many threads asleep, in processes of 500, until it is killed. Says
// "ready" when all are there.
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

enum { threads_of_one = 500, stack_bytes = 16384 };

static _Noreturn void *sleep_on(void *unused)
{
	(void)unused;
	for (;;)
		pause();
}

static void run(int threads, int ready)
{
	pthread_attr_t attributes;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, stack_bytes);
	for (int i = 1; i < threads; i++) {
		if (pthread_create(&thread, &attributes, sleep_on, NULL))
			errx(1, "cannot make thread %d", i);
	}
	if (write(ready, "", 1) != 1)
		err(1, "cannot say that it is ready");
	sleep_on(NULL);
}

int main(int argc, char **argv)
{
	int left = argc == 2 ? atoi(argv[1]) : 0, processes = 0, ready[2];
	char byte;

	if (left < 1)
		errx(2, "usage: crowd THREADS");
	if (pipe(ready))
		err(1, "cannot make a pipe");
	for (; left > 0; left -= threads_of_one, processes++) {
		pid_t child = fork();

		if (child < 0)
			err(1, "cannot make process %d", processes);
		if (child == 0)
			run(left < threads_of_one ? left : threads_of_one, ready[1]);
	}
	close(ready[1]);
	for (int i = 0; i < processes; i++) {
		if (read(ready[0], &byte, 1) != 1)
			errx(1, "a process has died");
	}
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}
