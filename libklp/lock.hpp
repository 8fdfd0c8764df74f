// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <chrono>
#include <klp/error.hpp>

namespace klp {

using Clock = std::chrono::steady_clock;

// Of any wait of ours. A task of klp's may itself sleep in the function that is to be
// replaced, and leaves it when it wakes; and an event may be lost.
constexpr std::chrono::milliseconds longest_sleep(50);

// The one lock of the machine, /run/klp/lock: held from before a patch is checked
// until it is applied or gone. The kernel releases it when its holder dies.
class LoaderLock {
public:
	// Waits for it until the deadline. ETIMEDOUT names the holder; ECANCELED when
	// interrupt_fd (or -1) becomes readable first.
	static Result<LoaderLock> acquire(const std::string &root, Clock::time_point deadline,
					  int interrupt_fd);

private:
	UniqueFd fd_;
};

// Milliseconds from now to a deadline, as poll(2) wants them: never negative.
int milliseconds_until(Clock::time_point deadline);

}
