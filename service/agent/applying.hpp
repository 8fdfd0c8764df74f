// SPDX-License-Identifier: LGPL-2.1-or-later
// Loading and unloading through libklp.
#pragma once

#include "journal.hpp"

#include <functional>
#include <klp/kernel.hpp>

namespace klp::agent {

struct Applying {
	StoredPatch patch;
	std::vector<std::byte> bytes; // of its file
	std::vector<std::string> own; // modules of the agent's, which it may replace
	int interrupt_fd = -1;
	// Called after all checks, before the module is inserted. After a fault nothing is
	// inserted.
	std::function<Checked<>()> before_insertion;
};

struct Applied {
	// probation, for a patch that is active; refused or failed; fetched, for a load that was
	// interrupted and left the kernel as it was.
	Step step;
	std::string reason; // one line, for all but probation
	bool is_left = false; // failed, and the kernel is not as before: the patch may be active
};

// Checks the module and loads it, in place of those of own in one transition. A livepatch of
// somebody else is never removed: a module that would remove one is refused.
Applied apply(const Applying &applying, Kernel *kernel);

// Disables a livepatch and removes its module.
Checked<> remove_patch(const std::string &module, Kernel *kernel, int interrupt_fd);

}
