// SPDX-License-Identifier: LGPL-2.1-or-later
// Weak functions and variables, for which the linker may have taken another unit's definition.
#pragma once

#include "refusal.hpp"
#include "unit_of_fix.hpp"

namespace klp {

// Does not refuse a change without effect: warns of it.
void leave_out_overridden(const UnitOfFix &unit, Refusals *refusals);

// Refuses a reference from the piece `from` to one of several names of a piece. The linker may take
// another unit's definition for a weak alias, and not for the other name. The object no longer
// tells which of the names the code refers to.
void check_weak_name(const UnitOfFix &unit, const Piece &from, const Reference &reference,
		     Refusals *refusals);

}
