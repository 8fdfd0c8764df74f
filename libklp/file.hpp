// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole files in and out. procfs, sysfs and tracefs give no size beforehand and
// report failures at read or write, so the errno of every step is kept.
#pragma once

#include "unique_fd.hpp"

#include <cstddef>
#include <klp/error.hpp>
#include <vector>

namespace klp {

Result<UniqueFd> open_file(const std::string &path, int flags);

Result<std::string> read_text(const std::string &path);

// The first line, without its newline.
Result<std::string> read_line(const std::string &path);

// Refuses with EFBIG what is larger than limit bytes.
Result<std::vector<std::byte>> read_bytes(const std::string &path, size_t limit);

// One write(2), as sysfs wants it.
Result<> write_text(const std::string &path, const std::string &text);

// Names in a folder, sorted, "." and ".." left out. ENOENT when it isn't there.
Result<std::vector<std::string>> list_folder(const std::string &path);

bool exists(const std::string &path);

}
