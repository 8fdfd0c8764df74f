// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>

namespace klp {

// Whether no module can have this name, and none has it: the kernel waits for it in vain.
bool is_misspelt(Kernel &kernel, const std::string &object);
// That in words.
std::string never_named(const std::string &object);

}
