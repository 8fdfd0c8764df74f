// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <klp/error.hpp>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

struct WrittenProfile {
	std::string release;
	size_t modules;
	std::vector<std::string> unreadable; // a message for each module that could not be read
	size_t bytes;
};

// Writes the facts of a kernel on disk that a check needs into one file, a profile, which
// Kernel::on_disk() takes in place of the kernel. kernel is as there; a profile is no kernel to
// make one of (EINVAL), nor is a kernel without livepatch support (ENOTSUP). The file is there
// complete or not at all. The profile names a module that cannot be read, and tells no facts of it.
// progress, if set, is called with the number of modules that were read, and of all.
Result<WrittenProfile>
write_profile(const std::string &kernel, const std::string &path,
	      const std::function<void(size_t done, size_t all)> &progress = {});

}
