// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent_state.hpp"

namespace klp::agent {

// Attaches this machine with a token, and makes its first round. The same token once more attaches
// the same machine: no second place is taken.
Checked<> attach(AgentState *state, const std::string &token_text, int interrupt_fd);

}
