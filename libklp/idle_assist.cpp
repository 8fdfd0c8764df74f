// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idle_assist.hpp"
#include "shared_words.hpp"
#include "tasks.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>

namespace klp {

namespace {

using std::chrono::microseconds;

// A pass succeeds only with all CPUs, and more processes than this would delay others. IdleAssist
// then makes none.
constexpr size_t most_processes = 256;

// A process lives no longer than this, whatever happens: a parent that hangs in the kernel cannot
// end it.
constexpr microseconds longest_life = std::chrono::seconds(2);

// The longest wait until all processes are on their CPUs. A process that may not run there never
// reports.
constexpr std::chrono::milliseconds longest_start(50);

// The orders of one process. The process has its own copy; started is shared.
struct Orders {
	std::string patch_state; // the process's own file in /proc
	int target;
	bool cpu_is_busy;
	microseconds hold; // how long it holds the CPU after it has switched itself
	SharedWords::Word *started;
};

microseconds now()
{
	timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return std::chrono::seconds(time.tv_sec) +
	       std::chrono::duration_cast<microseconds>(std::chrono::nanoseconds(time.tv_nsec));
}

// -1 outside a transition, as "-1\n"; 0 or 1 inside one.
int read_state(int fd)
{
	char text[4];
	if (pread(fd, text, sizeof(text), 0) < 1)
		return -1;
	return text[0] == '-' ? -1 : text[0] - '0';
}

void take(int policy)
{
	sched_param priority = {policy == SCHED_FIFO ? 1 : 0};
	// Without CAP_SYS_NICE the process keeps its class.
	sched_setscheduler(0, policy, &priority);
}

// The kernel sets the state of every task when the transition begins, and again when the
// transition is over (klp_init_transition(), klp_complete_transition()).
void keep_cpu(void *argument)
{
	const Orders &orders = *static_cast<const Orders *>(argument);
	int fd = open(orders.patch_state.c_str(), O_RDONLY | O_CLOEXEC);
	SharedWords::count_up(orders.started);
	if (fd < 0)
		return;
	if (!orders.cpu_is_busy)
		take(SCHED_IDLE);
	const microseconds end = now() + longest_life;
	int state;
	while ((state = read_state(fd)) == -1 && now() < end) {
		if (orders.cpu_is_busy) {
			timespec nap = {0, 200'000};
			nanosleep(&nap, nullptr);
		}
	}
	if (orders.cpu_is_busy)
		take(SCHED_FIFO);
	while (state != -1 && state != orders.target && now() < end)
		state = read_state(fd);
	const microseconds pass_is_over = std::min(end, now() + orders.hold);
	while (state != -1 && now() < pass_is_over)
		state = read_state(fd);
}

// A pass checks all threads before the idle tasks: some microseconds for each stack on real
// hardware, tens under emulation. While a process holds a CPU in a real-time class, nothing else
// runs there, and the kernel's own work at the transition's end waits.
microseconds hold_for(size_t threads, bool cpu_is_busy)
{
	if (cpu_is_busy)
		return std::min(microseconds(2'000 + 20 * threads), microseconds(50'000));
	return std::min(microseconds(5'000 + 50 * threads), microseconds(500'000));
}

}

IdleAssist::IdleAssist(const std::string &root) : root_(root)
{
	before_ = read_cpu_times(root_).value_or(std::map<int, CpuTime>());
}

// A unit of /proc/stat is 10 ms long. In less time, all CPUs count as busy if any other thread is
// ready to run.
bool IdleAssist::is_busy(int cpu, size_t running) const
{
	constexpr unsigned long long fewest_ticks = 3;
	auto before = before_.find(cpu), now = now_.find(cpu);
	if (before == before_.end() || now == now_.end() ||
	    now->second.total < before->second.total + fewest_ticks)
		return running > 1;
	unsigned long long busy = now->second.busy - before->second.busy;
	unsigned long long total = now->second.total - before->second.total;
	return busy * 2 > total;
}

Result<std::vector<int>> IdleAssist::others() const
{
	std::vector<int> cpus = TRY(online_cpus(root_));
	std::erase(cpus, sched_getcpu());
	for (int cpu : reserved_cpus(root_)) {
		if (std::ranges::find(cpus, cpu) != cpus.end())
			return fail(EBUSY, "CPU %d is isolated, or without a tick (nohz_full)",
				    cpu);
	}
	if (cpus.size() > most_processes)
		return fail(E2BIG,
			    "%zu other CPUs are online, and klp runs processes on %zu at most",
			    cpus.size(), most_processes);
	return cpus;
}

Result<> IdleAssist::start(int target)
{
	// This comes first, so that "the other CPUs" stay the same until the end.
	cpu_set_t only;
	CPU_ZERO(&only);
	CPU_SET(sched_getcpu(), &only);
	if (sched_getaffinity(0, sizeof(affinity_), &affinity_) != 0 ||
	    sched_setaffinity(0, sizeof(only), &only) != 0)
		return fail(errno, "cannot stay on one CPU: %s", strerror(errno));
	pinned_ = true;
	std::vector<int> cpus = TRY(others());
	now_ = read_cpu_times(root_).value_or(std::map<int, CpuTime>());
	SharedWords started(1);
	if (!started)
		return fail(errno, "cannot share a page of memory: %s", strerror(errno));
	ThreadCount threads = count_threads(root_);
	for (int cpu : cpus) {
		bool busy = is_busy(cpu, threads.running);
		Orders orders = {root_ + "/proc/thread-self/patch_state", target, busy,
				 hold_for(threads.all, busy), started[0]};
		Result<PinnedProcess> process = PinnedProcess::start(
			cpu, std::chrono::milliseconds(200), keep_cpu, &orders);
		if (!process)
			return std::unexpected(process.error());
		processes_.push_back(std::move(*process));
	}
	SharedWords::wait_for(started[0], processes_.size(), Clock::now() + longest_start);
	return {};
}

void IdleAssist::release()
{
	processes_.clear();
	if (pinned_)
		sched_setaffinity(0, sizeof(affinity_), &affinity_);
	pinned_ = false;
}

}
