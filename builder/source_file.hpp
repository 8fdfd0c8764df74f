// SPDX-License-Identifier: LGPL-2.1-or-later
// Files below a folder whose paths come from a fix. No link is followed on the way from the
// folder to the file, whoever made it, and the file is a regular one: neither is anything
// outside of it read or written, nor a device.
#pragma once

#include <klp/error.hpp>
#include <optional>
#include <string>

namespace klp {

// Its bytes, nothing where it isn't there. EBADMSG for what is no file, or behind what is
// no folder.
Result<std::optional<std::string>> read_below(const std::string &folder, const std::string &path);

// A file that is not there yet, in a folder that is.
Result<> write_below(const std::string &folder, const std::string &path, const std::string &text);

}
