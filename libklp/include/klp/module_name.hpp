// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] klp {

// The name that a module has in memory: '-' and '_' are the same letter in module names.
std::string module_name(std::string_view name);

}
