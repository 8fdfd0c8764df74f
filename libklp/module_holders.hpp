// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <string>
#include <vector>

namespace klp {

// Who refers to a module, each in words for a person: "the module 'x'" that uses symbols of
// it (sysfs), "cat (pid 34) with /dev/x open" for a file whose operations are the module's
// (libbpf). Others, such as mounts and sockets, leave no trace that could be read.
std::vector<std::string> module_holders(Kernel &kernel, const std::string &module);

}
