// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <klp/error.hpp>
#include <vector>

namespace klp {

// Unpacks the bytes of a .ko.xz, .ko.zst or .ko.gz; returns any other bytes unchanged. The magic
// tells the format, never the file's name, as in the kernel and libkmod. EBADMSG names the offset
// of the damage in the packed file; EFBIG when the result would exceed limit bytes.
Result<std::vector<std::byte>> decompress(std::vector<std::byte> packed, const std::string &path,
					  size_t limit);

}
