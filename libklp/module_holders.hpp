// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <string>
#include <vector>

namespace klp {

// The users that refer to a module, each in words for a person: "the module 'x'" for a module that
// uses its symbols (sysfs), "cat (pid 34) with /dev/x open" for a file with the module's
// operations (libbpf). Other users, such as mounts and sockets, leave no trace that klp could
// read.
std::vector<std::string> module_holders(Kernel &kernel, const std::string &module);

}
