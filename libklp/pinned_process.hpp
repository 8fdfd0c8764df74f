// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <chrono>
#include <klp/error.hpp>

namespace klp {

// A short-lived process of ours on one CPU. The kernel kills the process when the thread that made
// it dies, and when the process has kept its CPU too long in a real-time class (RLIMIT_RTTIME).
// The process sends its parent no SIGCHLD, and a wait() of the host program does not find it.
class PinnedProcess {
public:
	// The function that the process runs: system calls and arithmetic only, as after a fork()
	// of a program with threads. The two processes share MAP_SHARED memory only.
	using Body = void (*)(void *argument);

	// longest_hold: the limit for holding a CPU in a real-time class.
	static Result<PinnedProcess> start(int cpu, std::chrono::milliseconds longest_hold,
					   Body body, void *argument);
	PinnedProcess(PinnedProcess &&) noexcept = default;
	PinnedProcess &operator=(PinnedProcess &&) noexcept = default;
	~PinnedProcess() { end(); }

	// Kills the process, which is gone when end() returns.
	void end();

private:
	PinnedProcess() = default;
	UniqueFd pidfd_;
};

}
