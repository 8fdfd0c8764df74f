// SPDX-License-Identifier: LGPL-2.1-or-later
//
// PID 1 of the guest: mounts, runs one command, and tells the host about it on
// four virtio-serial ports:
//
//	out, err   the command's streams, as records: a 32-bit length and the bytes.
//	           Length 0 ends the stream: a port is written asynchronously, so
//	           only in-band can the host know that nothing is still on its way.
//	kmsg       the kernel log, as text
//	status     "started", "beat" each second, last of all "exited N"
//
// The host ends the machine once it has all of that. If a guest powered off by
// itself, the unread end of a slow reader's stream would be lost.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETUP "/usr/lib/klp-vm"
#define END_OF_LOG "klp-vm: end of log"

enum { SYNC_SECONDS = 10, LOG_SECONDS = 10, PORT_SECONDS = 30 };

struct stream {
	int pipe[2];
	int port;
	int ended; // eventfd: the command is over, what is in the pipe is all
	pthread_t thread;
};

static int status_port, kmsg_port;

// One write a record. dprintf will not do: it seeks first, which this file refuses.
static bool log_line(const char *line)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, line, strlen(line)) > 0;

	if (fd >= 0)
		close(fd);
	return done;
}

// Ends PID 1, hence in a panic, with the reason in the log.
static void die(const char *what, const char *which)
{
	const char *why = errno ? strerror(errno) : "it failed";
	char line[256];

	snprintf(line, sizeof(line), "<0>klp-vm: %s '%s': %s\n", what, which, why);
	log_line(line);
	exit(1);
}

static void note(const char *what, const char *which)
{
	char line[256];

	snprintf(line, sizeof(line), "<4>klp-vm: %s '%s': %s, ignoring\n", what, which,
		 strerror(errno));
	log_line(line);
}

static void write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die("cannot write to", "virtio port");
		bytes += n;
		size -= n;
	}
}

static void tell(const char *word)
{
	write_all(status_port, word, strlen(word));
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where;
		bool optional; // a kernel may lack it
		const char *options;
	} mounts[] = {
		{ "proc", "/proc", false },
		{ "sysfs", "/sys", false },
		{ "devtmpfs", "/dev", false },
		{ "devpts", "/dev/pts", false },
		{ "tmpfs", "/dev/shm", false },
		{ "tmpfs", "/run", false, "mode=755" }, // root's, as everywhere
		{ "tmpfs", "/tmp", false },
		{ "debugfs", "/sys/kernel/debug", true },
		{ "tracefs", "/sys/kernel/tracing", true },
		{ "bpf", "/sys/fs/bpf", true },
		{ "cgroup2", "/sys/fs/cgroup", true },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0,
			  mounts[i].options) == 0)
			continue;
		if (!mounts[i].optional)
			die("cannot mount", mounts[i].where);
		note("cannot mount", mounts[i].where);
	}
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	symlink("/proc/mounts", "/etc/mtab");
}

// SETUP/drivers: one module file a line, in the order they need each other.
static void load_drivers(void)
{
	char path[512];
	FILE *list = fopen(SETUP "/drivers", "r");

	if (!list)
		die("cannot open", SETUP "/drivers");
	while (fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = '\0';
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
			die("cannot load", path);
		close(fd);
	}
	fclose(list);
}

static bool port_is_named(const char *node, const char *name)
{
	char path[300], got[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", node);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fgets(got, sizeof(got), file))
		got[strcspn(got, "\n")] = '\0';
	fclose(file);
	return strcmp(got, name) == 0;
}

static int try_port(const char *name)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	char path[300];
	int fd = -1;

	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir))) {
		if (!port_is_named(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	closedir(dir);
	return fd;
}

// A port's name arrives in a message of its own after the device is there, and no
// file announces it. So the search is repeated until the name is there.
static int open_port(const char *name)
{
	const struct timespec pause = { .tv_nsec = 2000000 };

	for (int i = 0; i < PORT_SECONDS * 500; i++) {
		int fd = try_port(name);

		if (fd >= 0)
			return fd;
		nanosleep(&pause, NULL);
	}
	die("cannot open port", name);
	return -1;
}

static void *beat(void *unused)
{
	const struct timespec second = { .tv_sec = 1 };

	(void)unused;
	for (;;) {
		nanosleep(&second, NULL);
		tell("beat\n");
	}
	return NULL;
}

// "6,1234,5678901,-;text\n KEY=value\n": the text, with \xNN for what cannot be
// printed, behind the time in microseconds.
static size_t decode_record(const char *record, char *line, size_t size)
{
	unsigned long long usec = 0;
	const char *text = strchr(record, ';');
	size_t n;

	if (!text || sscanf(record, "%*u,%*u,%llu", &usec) != 1)
		return 0;
	n = snprintf(line, size, "[%5llu.%06llu] ", usec / 1000000, usec % 1000000);
	for (text++; *text && *text != '\n' && n < size - 2; text++) {
		unsigned int byte;

		if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &byte) == 1) {
			line[n++] = byte == '\n' ? ' ' : byte;
			text += 3;
		} else {
			line[n++] = *text;
		}
	}
	line[n++] = '\n';
	return n;
}

static void *follow_log(void *unused)
{
	static char record[8192], line[8192];
	int fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC);

	(void)unused;
	if (fd < 0)
		die("cannot open", "/dev/kmsg");
	for (;;) {
		ssize_t n = read(fd, record, sizeof(record) - 1);

		if (n < 0 && errno == EPIPE) {
			static const char lost[] = "klp-vm: kernel log overran, records lost\n";
			write_all(kmsg_port, lost, sizeof(lost) - 1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("cannot read", "/dev/kmsg");
		record[n] = '\0';
		if (strstr(record, ";" END_OF_LOG))
			return NULL;
		n = decode_record(record, line, sizeof(line));
		write_all(kmsg_port, line, n);
	}
}

// The marker comes out of /dev/kmsg behind all that was logged before it.
static void finish_log(pthread_t thread)
{
	struct timespec deadline;

	if (!log_line("<7>" END_OF_LOG "\n"))
		die("cannot write to", "/dev/kmsg");
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += LOG_SECONDS;
	errno = pthread_timedjoin_np(thread, NULL, &deadline);
	if (errno)
		note("cannot finish", "/dev/kmsg");
}

static void send_record(int port, const char *bytes, uint32_t size)
{
	write_all(port, (const char *)&size, sizeof(size));
	write_all(port, bytes, size);
}

// Ends at the end of file. If a task that cannot be killed holds the pipe open,
// ends once the command is over and the pipe is empty.
static void *relay(void *arg)
{
	struct stream *s = arg;
	struct pollfd fds[] = { { s->pipe[0], POLLIN, 0 }, { s->ended, POLLIN, 0 } };
	char *bytes = malloc(1 << 16);

	if (!bytes)
		die("cannot allocate", "stream");
	for (;;) {
		ssize_t n;

		if (poll(fds, 2, -1) < 0)
			continue;
		if (!fds[0].revents)
			break;
		n = read(s->pipe[0], bytes, 1 << 16);
		if (n <= 0)
			break;
		send_record(s->port, bytes, n);
	}
	free(bytes);
	send_record(s->port, NULL, 0);
	return NULL;
}

static void start_stream(struct stream *s, const char *port)
{
	s->port = open_port(port);
	s->ended = eventfd(0, EFD_CLOEXEC);
	if (s->ended < 0 || pipe2(s->pipe, O_CLOEXEC) < 0)
		die("cannot make pipe for", port);
	if ((errno = pthread_create(&s->thread, NULL, relay, s)))
		die("cannot start thread for", port);
}

static void finish_stream(struct stream *s)
{
	close(s->pipe[1]);
	eventfd_write(s->ended, 1);
	pthread_join(s->thread, NULL);
}

static void bring_up_loopback(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		note("cannot bring up", "lo");
	close(fd);
}

static void set_environment(void)
{
	clearenv();
	setenv("HOME", "/root", 1);
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	setenv("TERM", "dumb", 1);
	setenv("LC_ALL", "C", 1);
	setenv("USER", "root", 1);
	if (sethostname("klp-vm", 6) < 0 || chdir("/root") < 0)
		die("cannot enter", "/root");
}

static char *read_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "r");

	if (!file || getdelim(&text, &size, '\0', file) < 0)
		die("cannot read", path);
	fclose(file);
	return text;
}

static pid_t spawn(const char *path, int out, int err)
{
	const char *shell = access("/usr/bin/bash", X_OK) == 0 ? "/usr/bin/bash" : "/usr/bin/sh";
	char *const argv[] = { "sh", "-c", read_text(path), NULL };
	pid_t pid = fork();

	if (pid < 0)
		die("cannot fork for", path);
	if (pid)
		return pid;
	setsid();
	int null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	close(null);
	execv(shell, argv);
	_exit(127);
}

// Waits for any process that dies, as PID 1 must, until PID dies.
static int wait_for(pid_t pid)
{
	int wstatus;

	for (;;) {
		pid_t got = waitpid(-1, &wstatus, 0);

		if (got < 0 && errno != EINTR)
			die("cannot wait for", "command");
		if (got == pid && WIFSIGNALED(wstatus))
			return 128 + WTERMSIG(wstatus);
		if (got == pid)
			return WEXITSTATUS(wstatus);
	}
}

// In a child: after an oops in a file system, sync never returns.
static void sync_disks(void)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	pid_t pid = fork();

	if (pid < 0)
		return note("cannot fork for", "sync");
	if (pid == 0) {
		sync();
		_exit(0);
	}
	for (int i = 0; i < SYNC_SECONDS * 500; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return;
		nanosleep(&pause, NULL);
	}
	errno = ETIMEDOUT;
	note("cannot finish", "sync");
}

int main(void)
{
	struct stream out, err;
	pthread_t log, heart;
	char word[32];
	int status;

	mount_all();
	load_drivers();
	status_port = open_port("klp.status");
	kmsg_port = open_port("klp.kmsg");
	set_environment();
	bring_up_loopback();
	if ((errno = pthread_create(&log, NULL, follow_log, NULL)))
		die("cannot start thread for", "/dev/kmsg");
	start_stream(&out, "klp.out");
	start_stream(&err, "klp.err");

	status = wait_for(spawn(SETUP "/modprobe", out.pipe[1], err.pipe[1]));
	errno = 0;
	if (status)
		die("cannot load the modules of", "--module");
	tell("started\n");
	if ((errno = pthread_create(&heart, NULL, beat, NULL)))
		die("cannot start thread for", "heartbeat");
	status = wait_for(spawn(SETUP "/command", out.pipe[1], err.pipe[1]));

	kill(-1, SIGKILL);
	sync_disks();
	finish_stream(&out);
	finish_stream(&err);
	finish_log(log);
	pthread_cancel(heart);
	pthread_join(heart, NULL);
	snprintf(word, sizeof(word), "exited %d\n", status);
	tell(word);
	for (;;)
		pause();
}
