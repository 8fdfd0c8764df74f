// SPDX-License-Identifier: LGPL-2.1-or-later
// What the callbacks and states that a fix declares mean for all of its units.
#pragma once

#include "selection.hpp"

namespace klp {

// What escapes from a unit is the business of its object's post_unpatch callback, or
// of vmlinux's, which is called whenever the patch goes.
void leave_escapes_to_callbacks(std::span<Selection *const> selections);

// The refusals of a selection's declarations, given all selections of the patch.
std::vector<Refusal> check_declarations(const Selection &selection,
					std::span<Selection *const> all);

}
