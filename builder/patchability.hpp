// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "difference.hpp"
#include "refusal.hpp"

namespace klp {

// The reasons for which no livepatch can contain a difference, as far as the two objects show the
// reasons.
std::vector<Refusal> check_patchability(const Object &before, const Object &after,
					const Difference &difference);

// Whether the kernel reads this table only once, when it boots or loads a module. A new entry has
// no effect in a patch; for exports and parameters that is no loss.
bool is_registration(std::string_view section);
// Whether this is a table of the kernel to which a patch must not add.
bool is_kernel_table(std::string_view section);

}
