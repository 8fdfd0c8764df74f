// SPDX-License-Identifier: LGPL-2.1-or-later
#include "memory_file.hpp"
#include "fail.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace klp {

Result<UniqueFd> file_in_memory(std::span<const std::byte> bytes)
{
	UniqueFd fd(memfd_create("klp", MFD_CLOEXEC));
	if (!fd)
		return fail(errno, "cannot make a file in memory: %s", strerror(errno));
	while (!bytes.empty()) {
		ssize_t written = write(fd.get(), bytes.data(), bytes.size());
		if (written < 0)
			return fail(errno, "cannot write to memory: %s", strerror(errno));
		bytes = bytes.subspan(written);
	}
	return fd;
}

}
