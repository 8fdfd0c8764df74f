// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace klp {

// SHA-256 in hexadecimal.
std::string sha256(std::span<const std::byte> bytes);

}
