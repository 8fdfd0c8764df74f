// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <string>

namespace klp {

// delete_module(2), not waiting: EAGAIN while the module is referred to.
Result<> remove_module(const std::string &name);

}
