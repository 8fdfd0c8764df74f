// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <set>
#include <string>

namespace klp {

// The definitions of functions, variables and types of an object in its source, as its debug
// information has them: "fs/ext4/mballoc.c:1549" by name. Unknown names are left out, all names if
// the object has no debug information.
std::map<std::string, std::string> source_places(const std::string &object,
						 const std::set<std::string> &names);

}
