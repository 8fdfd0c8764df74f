// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace klp {

// The parts of "a,b,c", without empty ones; they point into list.
inline std::vector<std::string_view> comma_list(std::string_view list)
{
	std::vector<std::string_view> parts;
	while (!list.empty()) {
		size_t comma = std::min(list.find(','), list.size());
		if (comma > 0)
			parts.push_back(list.substr(0, comma));
		list.remove_prefix(std::min(comma + 1, list.size()));
	}
	return parts;
}

}
