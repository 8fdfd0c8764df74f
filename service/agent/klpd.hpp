// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent_state.hpp"

namespace klp::agent {

// The daemon, until SIGTERM or SIGINT. Returns the exit status.
int run_klpd(const Places &places);

}
