// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <chrono>
#include <klp/error.hpp>

namespace klp {

// A short-lived process of ours on one CPU. It dies with the thread that made it, and
// by the kernel's own hand (RLIMIT_RTTIME) where a real-time class has kept its CPU for
// too long. Its parent hears no SIGCHLD, and a wait() of its host does not find it.
class PinnedProcess {
public:
	// What it runs: system calls and arithmetic only, as after a fork() of a program
	// with threads. Memory of MAP_SHARED is what the two have in common.
	using Body = void (*)(void *argument);

	// longest_hold: of a CPU in a real-time class.
	static Result<PinnedProcess> start(int cpu, std::chrono::milliseconds longest_hold,
					   Body body, void *argument);
	PinnedProcess(PinnedProcess &&) noexcept = default;
	PinnedProcess &operator=(PinnedProcess &&) noexcept = default;
	~PinnedProcess() { end(); }

	// Killed, and gone when this returns.
	void end();

private:
	PinnedProcess() = default;
	UniqueFd pidfd_;
};

}
