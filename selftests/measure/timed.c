// SPDX-License-Identifier: LGPL-2.1-or-later
//
// timed COMMAND...: runs COMMAND and prints three times, apart by tabs: how long COMMAND took
// from exec to exit, how long the transition took that COMMAND began, both in milliseconds,
// and when that transition ended, in seconds of CLOCK_MONOTONIC. The latter two are from the
// kernel's own records of start and completion. The kernel's log has a clock of its own, so a
// record that is written here says how far the two clocks are apart.
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

// The time of the record that holds the text, in seconds of the log's clock; below 0
// where there is none.
static double find_record(int log, const char *text)
{
	char record[8192];

	for (;;) {
		ssize_t got = read(log, record, sizeof(record) - 1);

		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got < 0)
			return -1;
		record[got] = '\0';
		if (!strstr(record, text))
			continue;
		// "level,number,microseconds,flags;text"
		return strtoull(strchr(strchr(record, ',') + 1, ',') + 1, NULL, 10) / 1e6;
	}
}

static double record_with(int log, const char *text)
{
	double time = find_record(log, text);

	if (time < 0)
		errx(1, "the kernel has logged no '%s'", text);
	return time;
}

// From the log's clock to CLOCK_MONOTONIC. The kernel drops what user space writes into
// its log too often (printk_devkmsg=ratelimit), and says that it took it.
static double clock_offset(int log)
{
	static const char mark[] = "klp-measure: here";

	for (int tries = 0; tries < 20; tries++) {
		double before = now(), after, time;

		if (write(log, mark, strlen(mark)) < 0)
			err(1, "cannot write to '/dev/kmsg'");
		after = now();
		time = find_record(log, mark);
		if (time >= 0)
			return (before + after) / 2 - time;
	}
	errx(1, "the kernel logs nothing that is written to '/dev/kmsg'");
}

static int open_log(void)
{
	int log = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (log < 0)
		err(1, "cannot open '/dev/kmsg'");
	lseek(log, 0, SEEK_END);
	return log;
}

int main(int argc, char **argv)
{
	double begun, ended, offset, start, complete;
	int log, status;
	pid_t child;

	if (argc < 2)
		errx(2, "usage: timed COMMAND...");
	log = open_log();
	offset = clock_offset(log);

	begun = now();
	child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		err(127, "cannot run '%s'", argv[1]);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		err(1, "cannot wait");
	ended = now();
	if (status != 0)
		errx(1, "'%s' ended with 0x%x", argv[1], status);
	start = record_with(log, "patching transition");
	complete = record_with(log, "patching complete");
	printf("%.3f\t%.3f\t%.6f\n", (ended - begun) * 1e3, (complete - start) * 1e3,
	       complete + offset);
	return 0;
}
