// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace klp {

// Two lower-case digits a byte.
std::string hexadecimal(std::span<const std::byte> bytes);

// SHA-256 and SHA-512 in hexadecimal.
std::string sha256(std::span<const std::byte> bytes);
std::string sha512(std::span<const std::byte> bytes);

}
