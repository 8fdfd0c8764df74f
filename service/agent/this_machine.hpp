// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/machine_facts.hpp"

#include <klp/kernel.hpp>

namespace klp::agent {

// The machine that this process runs on.
struct ThisMachine {
	protocol::RunningKernel kernel;
	std::string boot_id;
	std::optional<std::string> host; // nothing where the name is no component
	std::string command_line; // the kernel's

	static Result<ThisMachine> look(Kernel *kernel);
};

// Names of the livepatches that all tasks run. One whose transition goes on is not there: applying
// it again waits for the end.
Result<std::vector<std::string>> active_modules(Kernel *kernel);

// Whether a livepatch of this name is there, in any phase but disabled.
Result<bool> is_in_kernel(Kernel *kernel, const std::string &module);

}
