// SPDX-License-Identifier: LGPL-2.1-or-later
#include "insertion.hpp"
#include "file.hpp"
#include "kmod_module.hpp"
#include "try.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <klp/load.hpp>
#include <sys/mman.h>

namespace klp {

static Result<> write_all(int fd, std::span<const std::byte> bytes)
{
	while (!bytes.empty()) {
		ssize_t written = write(fd, bytes.data(), bytes.size());
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return fail(errno, "cannot copy the module into memory: %s",
				    strerror(errno));
		bytes = bytes.subspan(written);
	}
	return {};
}

// Opens the file for reading only: the kernel refuses a file that somebody may write to (ETXTBSY).
static Result<UniqueFd> private_copy(const PatchFile &patch)
{
	UniqueFd writable(memfd_create(patch.name().c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
	if (!writable)
		return fail(errno, "cannot make a file in memory: %s", strerror(errno));
	TRY(write_all(writable.get(), patch.bytes()));
	if (fcntl(writable.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) != 0)
		return fail(errno, "cannot seal the module in memory: %s", strerror(errno));
	return open_file("/proc/self/fd/" + std::to_string(writable.get()), O_RDONLY);
}

// Inserts the bytes that klp parsed and checked, from a sealed file of memory that nobody else can
// name: a file that was swapped meanwhile changes nothing.
Result<> insert_module(const PatchFile &patch, const std::string &parameters)
{
	UniqueFd copy = TRY(private_copy(patch));
	KmodContext context = TRY(kmod_context(KmodConfig::none));
	std::string path = "/proc/self/fd/" + std::to_string(copy.get());
	kmod_module *module = nullptr;
	int status = kmod_module_new_from_path(context.get(), path.c_str(), &module);
	if (status < 0)
		return fail(-status, "libkmod cannot open '%s': %s", patch.path().c_str(),
			    strerror(-status));
	KmodModule owner(module);
	status = kmod_module_insert_module(module, 0, parameters.c_str());
	if (status < 0)
		return fail(-status, "the kernel refuses '%s': %s", patch.name().c_str(),
			    strerror(-status));
	return {};
}

Result<> remove_module(const std::string &name)
{
	KmodContext context = TRY(kmod_context(KmodConfig::none));
	KmodModule module = TRY(kmod_module_of_name(context, name));
	int status = kmod_module_remove_module(module.get(), 0);
	if (status < 0)
		return fail(-status, "cannot remove the module '%s': %s", name.c_str(),
			    strerror(-status));
	return {};
}

}
