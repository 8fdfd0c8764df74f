// SPDX-License-Identifier: LGPL-2.1-or-later
// Addresses of the patch that other code may keep.
//
// Code that got the address of a new function, variable or table may use it after the patch is
// disabled; the same is true of strings that such code reads from a table.
#pragma once

#include "placement.hpp"

#include <optional>

namespace klp {

// The refusal of a reference of the piece `from`, if it lets an address escape.
std::optional<Refusal> escape(const Object &object, const Piece &from, const Reference &reference,
			      const Placement &placed);

}
