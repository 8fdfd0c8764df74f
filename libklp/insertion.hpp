// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <string>

namespace klp {

// delete_module(2) without a wait: EAGAIN while somebody refers to the module.
Result<> remove_module(const std::string &name);

}
