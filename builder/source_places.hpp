// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <set>
#include <string>

namespace klp {

// Where functions, variables and types of an object were defined in its source, as its
// debug information has it: "fs/ext4/mballoc.c:1549" by name. Names that it does not know
// are left out, all of them if the object has no debug information.
std::map<std::string, std::string> source_places(const std::string &object,
						 const std::set<std::string> &names);

}
