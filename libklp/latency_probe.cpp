// SPDX-License-Identifier: LGPL-2.1-or-later
#include "latency_probe.hpp"
#include "cpus.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sched.h>

namespace klp {

namespace {

constexpr long period_ns = 1'000'000;
constexpr long second_ns = 1'000'000'000;
// The value for a CPU without a measurement: its process may not be in a real-time class.
constexpr uint32_t unseen = UINT32_MAX;

void probe(void *argument)
{
	auto *longest = static_cast<SharedWords::Word *>(argument);
	sched_param priority = {1};
	if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
		return;
	timespec next, now;
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		next.tv_nsec += period_ns;
		if (next.tv_nsec >= second_ns) {
			next.tv_nsec -= second_ns;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
		clock_gettime(CLOCK_MONOTONIC, &now);
		uint32_t late = (now.tv_sec - next.tv_sec) * 1'000'000 +
				(now.tv_nsec - next.tv_nsec) / 1'000;
		uint32_t before = longest->load();
		while ((late > before || before == unseen) &&
		       !longest->compare_exchange_weak(before, late))
			;
		next = now;
	}
}

}

Result<std::unique_ptr<LatencyProbe>> LatencyProbe::start(const std::string &root)
{
	if (sched_get_priority_min(SCHED_FIFO) < 0 || geteuid() != 0)
		return fail(ENOTSUP, "only root has a real-time class to measure with");
	std::vector<int> cpus = TRY(online_cpus(root));
	std::vector<int> reserved = reserved_cpus(root);
	std::erase_if(cpus,
		      [&](int cpu) { return std::ranges::find(reserved, cpu) != reserved.end(); });
	std::unique_ptr<LatencyProbe> latency_probe(new LatencyProbe(cpus.size()));
	if (!latency_probe->words_)
		return fail(errno, "cannot share a page of memory: %s", strerror(errno));
	for (size_t i = 0; i < cpus.size(); i++) {
		latency_probe->words_[i]->store(unseen);
		PinnedProcess process = TRY(PinnedProcess::start(
			cpus[i], std::chrono::milliseconds(200), probe, latency_probe->words_[i]));
		latency_probe->processes_.push_back(std::move(process));
	}
	latency_probe->cpus_ = std::move(cpus);
	return latency_probe;
}

std::map<int, double> LatencyProbe::longest()
{
	std::map<int, double> milliseconds;
	for (size_t i = 0; i < cpus_.size(); i++) {
		uint32_t late = words_[i]->exchange(unseen);
		if (late != unseen)
			milliseconds[cpus_[i]] = late / 1000.0;
	}
	return milliseconds;
}

}
