// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <chrono>
#include <klp/error.hpp>

namespace klp {

using Clock = std::chrono::steady_clock;

// The longest sleep of any wait of ours. A task of klp may itself sleep in the function that a
// patch replaces, and leaves the function when it wakes. Also, an event may be lost.
constexpr std::chrono::milliseconds longest_sleep(50);

// The one lock of the machine, /run/klp/lock. A loader holds it from before the check of a patch
// until the patch is applied or gone. The kernel releases the lock when its holder dies.
class LoaderLock {
public:
	// Waits for the lock until the deadline. ETIMEDOUT names the holder; ECANCELED when
	// interrupt_fd (or -1) becomes readable first.
	static Result<LoaderLock> acquire(const std::string &root, Clock::time_point deadline,
					  int interrupt_fd);

private:
	UniqueFd fd_;
};

// Milliseconds from now to a deadline, as poll(2) wants them: never negative.
int milliseconds_until(Clock::time_point deadline);

}
