// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>

namespace klp {

// The folder that precedes every path of a kernel; see Kernel::running().
const std::string &root_of(const Kernel &kernel);

// ENOTSUP for a kernel on disk.
Result<> must_run(const Kernel &kernel);

}
