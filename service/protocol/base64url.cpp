// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base64url.hpp"

#include <cstdint>

namespace klp::protocol {

constexpr std::string_view letters =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(std::string_view bytes)
{
	std::string text;
	uint32_t bits = 0;
	int count = 0; // of bits that are not written yet, fewer than 6 between bytes
	for (unsigned char byte : bytes) {
		bits = bits << 8 | byte;
		for (count += 8; count >= 6; count -= 6)
			text += letters[bits >> (count - 6) & 63];
	}
	if (count > 0)
		text += letters[bits << (6 - count) & 63];
	return text;
}

std::optional<std::string> from_base64url(std::string_view text)
{
	std::string bytes;
	uint32_t bits = 0;
	int count = 0;
	for (char letter : text) {
		size_t value = letters.find(letter);
		if (value == std::string_view::npos)
			return std::nullopt;
		bits = bits << 6 | value;
		count += 6;
		if (count >= 8) {
			count -= 8;
			bytes += static_cast<char>(bits >> count);
		}
	}
	// The rest: fewer than 6 bits, all zero.
	if (count >= 6 || (bits & ((1u << count) - 1)) != 0)
		return std::nullopt;
	return bytes;
}

}
