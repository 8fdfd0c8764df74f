// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <cstddef>
#include <klp/error.hpp>
#include <span>

namespace klp {

// A file that only this process has, with these bytes: for a library that takes files only.
Result<UniqueFd> file_in_memory(std::span<const std::byte> bytes);

}
