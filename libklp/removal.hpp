// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lock.hpp"

#include <klp/kernel.hpp>
#include <klp/transition.hpp>

namespace klp {

// Disables a patch, or reverses its transition, and waits until the patch is disabled.
// End::complete: the patch is gone from sysfs, or disabled. *begun: the function wrote enabled, so
// the patch may be in transition after an error. EBUSY where somebody enabled the patch meanwhile.
Result<Transition::End> disable_and_wait(Kernel &kernel, const std::string &patch,
					 const TransitionAids &aids,
					 const Transition::Waiting &waiting, std::string *mode,
					 bool *begun);

// Deletes the module of a disabled patch, once nobody refers to the module and every task was seen
// outside its code. ETIMEDOUT, with the tasks in *inside, when the deadline comes first; ECANCELED
// when interrupted; EPERM for a module that must stay.
Result<> drain_and_delete(Kernel &kernel, const std::string &module, Clock::time_point deadline,
			  int interrupt_fd, std::vector<Task> *inside);

double milliseconds_since(Clock::time_point start);

}
