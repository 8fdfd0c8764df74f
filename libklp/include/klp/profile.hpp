// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <klp/error.hpp>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// Writes the facts of a kernel on disk that a check needs into one file, a profile, which
// Kernel::on_disk() takes in place of the kernel. kernel is as there; a profile is no kernel to
// make one of (EINVAL). The file is there complete or not at all. progress, if set, is called with
// the number of modules that were read, and of all.
Result<> write_profile(const std::string &kernel, const std::string &path,
		       const std::function<void(size_t done, size_t all)> &progress = {});

}
