// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../store/audit.hpp"

namespace klp::hub {

// Writes what the actor did. The caller has the Transaction of the change.
Result<> write_audit(store::Database &database, const std::string &actor, const std::string &action,
		     const std::string &subject, const std::string &details, int64_t now);

}
