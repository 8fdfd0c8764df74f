// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cpus.hpp"
#include "pinned_process.hpp"

#include <sched.h>

namespace klp {

// Idle assist: processes on the other CPUs for the instant of the kernel's first pass over all
// tasks.
//
// Without idle assist the first pass fails on nearly every machine, and the next pass comes a
// second later. Each other CPU runs its idle task, and the kernel cannot switch a running task
// (klp_check_and_switch_task(), kernel/livepatch/transition.c of 6.1 and 6.12). A process of klp
// on that CPU takes the idle task off the CPU, and the kernel can then switch the idle task. The
// process switches itself at its next return from a system call. Its parent forked it last, so the
// pass comes to the process after that.
//
// On an idle CPU the process spins in the idle class, where any other work comes first. On a busy
// CPU the process sleeps until the transition begins, then takes the CPU with the lowest real-time
// priority until the pass must be over. The calling thread stays on its CPU meanwhile: if it left,
// an idle task would run there again.
class IdleAssist {
public:
	// Create the object as early as possible: the time that each CPU is idle from here to
	// start() shows which CPUs are idle.
	explicit IdleAssist(const std::string &root);
	~IdleAssist() { release(); }

	// The processes are on their CPUs when start() returns. target: the patch state that tasks
	// go to. On an error start() leaves no process: with one CPU left out the pass would fail
	// all the same.
	Result<> start(int target);

	// The number of CPUs on which start() put a process.
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
