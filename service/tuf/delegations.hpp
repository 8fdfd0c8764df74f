// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "metadata.hpp"

#include <functional>

namespace klp::tuf {

// Reads and verifies a role for a delegator.
using LoadRole =
	std::function<Checked<Targets>(const std::string &role, const Authority &authority)>;

// The target of this path in the top-level targets or in a role that they lead to: depth first, a
// role before those that it delegates to, these in their order, each once. A terminating delegation
// ends the search behind the role and its own delegations. Refuses: not_listed; endless after
// most_roles delegated roles; and whatever load refuses, since a role that cannot be read may have
// listed the path.
Checked<Target> find_target(const std::string &path, const Targets &top, size_t most_roles,
			    const LoadRole &load);

}
