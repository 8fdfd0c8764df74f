// SPDX-License-Identifier: LGPL-2.1-or-later
// Files below a folder whose paths come from a fix. The functions follow no link between the folder
// and the file, and accept only a regular file. So they neither read nor write a file outside of
// the folder, nor a device.
#pragma once

#include <klp/error.hpp>
#include <optional>
#include <string>

namespace klp {

// Returns the bytes of the file, nothing if it does not exist. Returns EBADMSG if the path names no
// file, or one of its folders is no folder.
Result<std::optional<std::string>> read_below(const std::string &folder, const std::string &path);

// Writes a new file into an existing folder.
Result<> write_below(const std::string &folder, const std::string &path, const std::string &text);

}
