// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cctype>
#include <span>
#include <string_view>

namespace klp {

// '?' for each control character but those that are kept: what is quoted may be a stranger's,
// and the text go to a terminal or a log.
inline void mask_control_characters(std::span<char> text, std::string_view kept = "")
{
	std::ranges::replace_if(
		text,
		[&](char letter) {
			return iscntrl(static_cast<unsigned char>(letter)) &&
			       !kept.contains(letter);
		},
		'?');
}

}
