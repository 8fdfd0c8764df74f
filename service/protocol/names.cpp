// SPDX-License-Identifier: LGPL-2.1-or-later
#include "names.hpp"

#include <algorithm>

namespace klp::protocol {

constexpr std::string_view letters_of_components =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";

bool is_component(std::string_view text)
{
	return !text.empty() && text.size() <= longest_component && text[0] != '.' &&
	       text.find_first_not_of(letters_of_components) == std::string_view::npos;
}

bool is_lower_hexadecimal(std::string_view text)
{
	return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}
