// SPDX-License-Identifier: LGPL-2.1-or-later
#include "utf8.hpp"

namespace klp {

Character first_character(std::string_view text)
{
	auto byte = [&](size_t at) -> uint32_t {
		return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
	};
	uint32_t first = byte(0);
	if (first < 0x80)
		return {first, text.empty() ? 0u : 1u};
	if (first < 0xc2 || first > 0xf4)
		return {0, 0};
	size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	uint32_t code = first & (0x7f >> size);
	for (size_t i = 1; i < size; i++) {
		if ((byte(i) & 0xc0) != 0x80)
			return {0, 0};
		code = code << 6 | (byte(i) & 0x3f);
	}
	static constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
	if (code < least[size] || code > 0x10ffff || is_surrogate)
		return {0, 0};
	return {code, size};
}

}
