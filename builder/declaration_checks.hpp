// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the callbacks and states that a fix declares, across all of its units.
#pragma once

#include "selection.hpp"

namespace klp {

// Leaves addresses that escape from a unit to the post_unpatch callback of its object, or of
// vmlinux. The kernel calls the callback of vmlinux whenever it disables the patch.
void leave_escapes_to_callbacks(std::span<Selection> selections);

// The refusals of a selection's declarations, given all selections of the patch.
std::vector<Refusal> check_declarations(const Selection &selection, std::span<const Selection> all);

}
