// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <klp/error.hpp>
#include <vector>

namespace klp {

// The bytes of a .ko.xz, .ko.zst or .ko.gz unpacked; anything else as it came.
// The format is told by its magic, never by the file's name, as the kernel and
// libkmod do. EBADMSG names the offset in the packed file at which it broke;
// EFBIG when the result would pass limit bytes.
Result<std::vector<std::byte>> decompress(std::vector<std::byte> packed, const std::string &path,
					  size_t limit);

}
