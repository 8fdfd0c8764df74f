// SPDX-License-Identifier: GPL-2.0
/*
 * attach FUNCTION ANSWER KIND...: BPF programs on a function of vmlinux, until stdin
 * closes. It prints "attached" when all are in place.
 *
 * KIND is fentry, fexit, fmod_ret, lsm, kprobe or kretprobe. An fmod_ret or LSM program
 * answers ANSWER in the function's place, unless ANSWER is 0. The kernel requires 0 of the
 * other programs, and they do nothing else. So two instructions suffice, and nothing compiles
 * BPF.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct kind {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach; /* 0 for probes */
	int is_return_probe;
	int answers;
};

static const struct kind kinds[] = {
	{"fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0, 0},
	{"fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, 0, 0},
	{"fmod_ret", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, 0, 1},
	{"lsm", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, 0, 1},
	{"kprobe", BPF_PROG_TYPE_KPROBE, 0, 0, 0},
	{"kretprobe", BPF_PROG_TYPE_KPROBE, 0, 1, 0},
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static int fail(const char *what)
{
	fprintf(stderr, "attach: %s: %s\n", what, strerror(errno));
	return 1;
}

static int load_program(const struct kind *kind, const char *function, int answer)
{
	static char log[1 << 16];
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = answer},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = kind->attach,
		    .log_buf = log, .log_size = sizeof(log), .log_level = 1);
	int fd;

	if (kind->attach) {
		fd = libbpf_find_vmlinux_btf_id(function, kind->attach);
		if (fd < 0) {
			errno = -fd;
			return fd;
		}
		options.attach_btf_id = fd;
	}
	fd = bpf_prog_load(kind->type, "klp_attach", "GPL", program, 2, &options);
	if (fd < 0)
		fprintf(stderr, "%s", log);
	return fd;
}

static int attach_probe(const struct kind *kind, const char *function, int program)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
	int fd;

	if (!file || fscanf(file, "%u", &attr.type) != 1)
		return -1;
	fclose(file);
	attr.config = kind->is_return_probe; /* format/retprobe: bit 0 */
	attr.kprobe_func = (uintptr_t)function;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) < 0 ||
	    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0)
		return -1;
	return fd;
}

static int attach(const struct kind *kind, const char *function, int answer)
{
	int program = load_program(kind, function, answer);

	if (program < 0)
		return fail("the program does not load");
	if ((kind->attach ? bpf_raw_tracepoint_open(NULL, program) :
			    attach_probe(kind, function, program)) < 0)
		return fail("it cannot be attached");
	return 0;
}

int main(int argc, char **argv)
{
	char byte;

	for (int i = 3; i < argc; i++) {
		const struct kind *kind = find_kind(argv[i]);

		if (!kind) {
			fprintf(stderr, "attach: no kind '%s'\n", argv[i]);
			return 2;
		}
		if (attach(kind, argv[1], kind->answers ? atoi(argv[2]) : 0))
			return 1;
	}
	puts("attached");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
