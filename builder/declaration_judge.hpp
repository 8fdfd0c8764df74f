// SPDX-License-Identifier: LGPL-2.1-or-later
// What the callbacks and states that a fix declares mean for all of its units.
#pragma once

#include "selection.hpp"

namespace klp {

// What escapes from a unit is the business of its object's post_unpatch callback, or
// of vmlinux's, which is called whenever the patch goes.
void leave_escapes_to_callbacks(std::span<Selection *const> selections);

// What stands against the declarations of one of a patch's selections beside all of them.
std::vector<Refusal> judge_declarations(const Selection &selection,
					std::span<Selection *const> all);

}
