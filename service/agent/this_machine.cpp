// SPDX-License-Identifier: LGPL-2.1-or-later
#include "this_machine.hpp"
#include "../../libklp/file.hpp"
#include "../../libklp/try.hpp"

#include <algorithm>
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

static Result<std::vector<LoadedPatch>> livepatches(Kernel *kernel)
{
	Result<std::vector<LoadedPatch>> patches = kernel->livepatches();
	if (!patches && patches.error().code == ENOENT) // a kernel that can have none
		return std::vector<LoadedPatch>();
	return patches;
}

Result<bool> is_in_kernel(Kernel *kernel, const std::string &module)
{
	std::vector<LoadedPatch> patches = TRY(livepatches(kernel));
	return std::ranges::any_of(patches, [&](const LoadedPatch &patch) {
		return patch.name == module && patch.phase() != LoadedPatch::Phase::disabled;
	});
}

Result<std::vector<std::string>> active_modules(Kernel *kernel)
{
	std::vector<std::string> names;
	std::vector<LoadedPatch> patches = TRY(livepatches(kernel));
	for (const LoadedPatch &patch : patches)
		if (patch.phase() == LoadedPatch::Phase::enabled)
			names.push_back(patch.name);
	return names;
}

}
