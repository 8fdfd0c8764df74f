// SPDX-License-Identifier: LGPL-2.1-or-later
#include "this_machine.hpp"
#include "../../libklp/file.hpp"
#include "../../libklp/try.hpp"

#include <cerrno>

namespace klp::agent {

Result<ThisMachine> ThisMachine::look(Kernel *kernel)
{
	ThisMachine machine;
	machine.kernel.release = kernel->release();
	// A machine that cannot see its build id is served nothing; decide() says so. No hub has a
	// kernel of another name than a component.
	Result<std::string> build_id = kernel->build_id("vmlinux");
	if (build_id && protocol::is_component(machine.kernel.release))
		machine.kernel.build_id = *build_id;
	machine.boot_id = TRY(read_line("/proc/sys/kernel/random/boot_id"));
	machine.command_line = TRY(read_line("/proc/cmdline"));
	std::string host = TRY(read_line("/proc/sys/kernel/hostname"));
	if (protocol::is_component(host))
		machine.host = host;
	return machine;
}

Result<std::vector<std::string>> active_modules(Kernel *kernel)
{
	std::vector<std::string> names;
	Result<std::vector<LoadedPatch>> patches = kernel->livepatches();
	if (!patches && patches.error().code == ENOENT) // a kernel that can have none
		return names;
	if (!patches)
		return std::unexpected(patches.error());
	for (const LoadedPatch &patch : *patches)
		if (patch.phase() == LoadedPatch::Phase::enabled)
			names.push_back(patch.name);
	return names;
}

}
