// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>

namespace klp {

// /run/klp, made where it isn't there: root's alone.
Result<std::string> run_folder(const std::string &root);

// What was loaded here, so that the very same bytes are known again:
// /run/klp/patches/NAME. It holds for one instance of the module; a reload by
// other means, or a reboot, voids it.
Result<> remember_patch(const std::string &root, const std::string &name,
			const std::string &sha256);
// The SHA-256 of the bytes that were loaded as this instance; ENOENT if unknown.
Result<std::string> remembered_patch(const std::string &root, const std::string &name);
Result<> forget_patch(const std::string &root, const std::string &name);

}
