// SPDX-License-Identifier: LGPL-2.1-or-later
#include "object_name.hpp"
#include "module/module_file.hpp"

namespace klp {

bool is_misspelt(Kernel &kernel, const std::string &object)
{
	return !is_module_name(object) && kernel.place(object) == Kernel::Place::absent;
}

std::string never_named(const std::string &object)
{
	return "no module is ever named '" + object + "' in memory";
}

}
