// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lock.hpp"

#include <klp/kernel.hpp>
#include <klp/transition.hpp>

namespace klp {

struct Disabling {
	// End::complete: the patch is gone from sysfs, or disabled. EBUSY where somebody enabled
	// the patch meanwhile.
	Result<Transition::End> end;
	std::string mode; // Transition::mode()
	bool begun; // enabled was written, so the patch may be in transition after an error
};

// Disables a patch, or reverses its transition, and waits until the patch is disabled.
Disabling disable_and_wait(Kernel &kernel, const std::string &patch, const TransitionAids &aids,
			   const Transition::Waiting &waiting);

// Why a module stays in memory.
struct Staying : Error {
	Staying(Error error, std::vector<Task> tasks = {})
	    : Error(std::move(error)), inside(std::move(tasks))
	{
	}
	std::vector<Task> inside; // tasks that may be inside its code
};
using Removal = std::expected<void, Staying>;

// Deletes the module of a disabled patch, once nobody refers to the module and every task was seen
// outside its code. ETIMEDOUT when the deadline comes first; ECANCELED when interrupted; EPERM for
// a module that must stay.
Removal drain_and_delete(Kernel &kernel, const std::string &module, Clock::time_point deadline,
			 int interrupt_fd);

double milliseconds_since(Clock::time_point start);

}
