// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads and writes complete files. procfs, sysfs and tracefs give no size beforehand and report
// failures at read or write, so these functions keep the errno of every step.
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

// EFBIG for a file larger than limit bytes.
Result<std::vector<std::byte>> read_bytes(const std::string &path, size_t limit);
// The same from where an open file stands; path is for messages.
Result<std::vector<std::byte>> read_bytes(int fd, const std::string &path, size_t limit);

// One write(2), as sysfs requires.
Result<> write_text(const std::string &path, const std::string &text);

// Names in a folder, sorted, without "." and "..". ENOENT when the folder does not exist.
Result<std::vector<std::string>> list_folder(const std::string &path);

bool exists(const std::string &path);

}
