// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cpus.hpp"
#include "pinned_process.hpp"

#include <sched.h>

namespace klp {

// Processes of ours on the other CPUs for the instant in which the kernel looks at all
// tasks for the first time.
//
// That look fails on nearly every machine, and the next comes a second later: each other
// CPU runs its idle task, and a running task cannot be switched (klp_check_and_switch_task(),
// kernel/livepatch/transition.c of 6.1 and 6.12). With a process of ours there the idle
// task is off its CPU and passes. Ours switches itself at its next return from a system
// call: it was forked last, so its turn comes after that.
//
// On an idle CPU it spins in the idle class, where whoever has work comes first. On a busy
// one it naps until the transition begins, then takes the CPU with the lowest real-time
// priority until the look must be over. This thread stays on its CPU meanwhile: where it
// left, an idle task would run again.
class Corral {
public:
	// To be made as early as can be: what the CPUs do from here to around() tells which
	// of them are idle.
	explicit Corral(const std::string &root);
	~Corral() { release(); }

	// The processes are there when this returns. target: the patch state that tasks go
	// to. No CPU is helped where one cannot be: the look would fail all the same.
	Result<> around(int target);

	// How many CPUs around() put a process on.
	size_t size() const { return processes_.size(); }

	void release();

private:
	Result<std::vector<int>> others() const;
	bool is_busy(int cpu, size_t running) const;

	std::string root_;
	std::map<int, CpuTime> before_, now_;
	std::vector<PinnedProcess> processes_;
	bool pinned_ = false;
	cpu_set_t affinity_;
};

}
