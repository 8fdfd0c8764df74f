// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cpus.hpp"
#include "pinned_process.hpp"

#include <sched.h>

namespace klp {

// Processes on the other CPUs for the instant of the kernel's first pass over all tasks.
//
// That pass fails on nearly every machine, and the next comes a second later: each other CPU
// runs its idle task, and a running task cannot be switched (klp_check_and_switch_task(),
// kernel/livepatch/transition.c of 6.1 and 6.12). A process of klp's on that CPU takes the
// idle task off it, which can be switched then. The process switches itself at its next
// return from a system call; it was forked last, so the pass comes to it after that.
//
// On an idle CPU the process spins in the idle class, where any other work comes first. On a
// busy one it sleeps until the transition begins, then takes the CPU with the lowest
// real-time priority until the pass must be over. The calling thread stays on its CPU
// meanwhile: where it left, an idle task would run again.
class IdleAssist {
public:
	// To be made as early as possible: the time that each CPU spends idle from here to
	// start() tells which of them are idle.
	explicit IdleAssist(const std::string &root);
	~IdleAssist() { release(); }

	// The processes are there when this returns. target: the patch state that tasks go
	// to. An error starts none: with one CPU left out the pass would fail all the same.
	Result<> start(int target);

	// How many CPUs start() put a process on.
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
