// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace klp {

struct Character {
	uint32_t code;
	size_t size; // in bytes; 0 where there is no whole character
};

// The character that a text begins with, as RFC 3629 has it: no surrogates, nothing beyond
// U+10FFFF, nothing written longer than it need be.
Character first_character(std::string_view text);

}
