// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/module_name.hpp>

#include <algorithm>

namespace klp {

std::string module_name(std::string_view name)
{
	std::string normal(name);
	std::ranges::replace(normal, '-', '_');
	return normal;
}

}
