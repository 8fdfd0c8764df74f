// SPDX-License-Identifier: LGPL-2.1-or-later
// How an agent found the repository when it last looked.
#pragma once

#include "strict.hpp"

namespace klp::protocol {

// The fault of a word: rollback of "rollback".
std::optional<tuf::FaultKind> fault_of(const std::string &word);

// "current", "clock-wrong", or the word of the fault for which the agent kept what it had.
Checked<std::string> repository_state(const Fields &fields, const char *name);

}
