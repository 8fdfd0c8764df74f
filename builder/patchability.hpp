// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "difference.hpp"
#include "refusal.hpp"

namespace klp {

// The reasons for which no livepatch can hold a difference, as far as the two objects tell
// by themselves.
std::vector<Refusal> check_patchability(const Object &before, const Object &after,
					const Difference &difference);

// Tables that the kernel reads once, when it boots or loads a module. What is new in them
// has no effect in a patch; for exports and parameters that is no loss.
bool is_registration(std::string_view section);
// Tables of the kernel's own that a patch must not add to.
bool is_kernel_table(std::string_view section);

}
