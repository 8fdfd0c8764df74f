// SPDX-License-Identifier: LGPL-2.1-or-later
//
// looking ROUNDS: one pass over all threads, each one's patch state and kernel stack, in turns
// through BPF and through /proc. A line for each, apart by tabs:
//
//	looking  bpf|proc  wall_ms  cpu_ms  -
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <klp/live_view.hpp>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

using namespace klp;

namespace {

struct Cost {
	double wall, cpu; // milliseconds
};

double cpu_ms()
{
	rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

template <class Look> Cost cost_of(Look look)
{
	auto begun = std::chrono::steady_clock::now();
	double before = cpu_ms();
	look();
	std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - begun;
	return {wall.count(), cpu_ms() - before};
}

bool read_whole(const std::string &path)
{
	char text[4096];
	int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t got = read(fd, text, sizeof(text));
	close(fd);
	return got >= 0;
}

// The least that tells both: two files of each thread.
size_t walk_proc()
{
	namespace fs = std::filesystem;
	size_t seen = 0;
	for (const fs::directory_entry &process : fs::directory_iterator("/proc")) {
		if (!isdigit(process.path().filename().c_str()[0]))
			continue;
		std::error_code gone;
		for (const fs::directory_entry &thread :
		     fs::directory_iterator(process.path() / "task", gone))
			seen += read_whole(thread.path() / "patch_state") &&
				read_whole(thread.path() / "stack");
	}
	return seen;
}

[[noreturn]] void die(const std::string &why)
{
	fprintf(stderr, "looking: %s\n", why.c_str());
	exit(1);
}

}

int main(int argc, char **argv)
{
	int rounds = argc == 2 ? atoi(argv[1]) : 0;
	if (rounds < 1)
		die("usage: looking ROUNDS");
	Result<Kernel> kernel = Kernel::running();
	if (!kernel)
		die(kernel.error().message);
	Result<LiveView> view = LiveView::open(*kernel);
	if (!view)
		die(view.error().message);
	for (int i = 0; i < rounds; i++) {
		size_t seen = 0, walked = 0;
		Cost bpf = cost_of([&] {
			Result<std::vector<Task>> tasks = view->tasks();
			if (!tasks)
				die(tasks.error().message);
			seen = tasks->size();
		});
		Cost proc = cost_of([&] { walked = walk_proc(); });
		// Only kernel threads come and go meanwhile.
		if (seen < walked * 99 / 100 || walked < seen * 99 / 100)
			die(std::to_string(seen) + " threads through BPF, " +
			    std::to_string(walked) + " through /proc");
		printf("looking\tbpf\t%.3f\t%.3f\t-\n", bpf.wall, bpf.cpu);
		printf("looking\tproc\t%.3f\t%.3f\t-\n", proc.wall, proc.cpu);
		fflush(stdout);
	}
}
