// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace klp {

struct Character {
	uint32_t code;
	size_t size; // in bytes; 0 where there is no complete character
};

// The first character of a text by RFC 3629: no surrogates, nothing beyond U+10FFFF, no overlong
// forms.
Character first_character(std::string_view text);

}
