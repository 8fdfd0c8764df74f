// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/masked.hpp>

#include "utf8.hpp"

namespace klp {

namespace {

bool is_obeyed(uint32_t code)
{
	auto within = [&](uint32_t from, uint32_t to) { return code >= from && code <= to; };
	return code < 0x20 || within(0x7f, 0x9f) || within(0x2028, 0x2029) || code == 0x61c ||
	       within(0x200e, 0x200f) || within(0x202a, 0x202e) || within(0x2066, 0x2069);
}

}

std::string masked(std::string_view text)
{
	std::string shown;
	shown.reserve(text.size());
	while (!text.empty()) {
		Character character = first_character(text);
		size_t size = character.size == 0 ? 1 : character.size;
		if (character.size == 0 || is_obeyed(character.code))
			shown += '?';
		else
			shown += text.substr(0, size);
		text.remove_prefix(size);
	}
	return shown;
}

}
