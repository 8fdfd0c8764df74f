// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "database.hpp"

namespace klp::store {

// The names of the tiers in their order, the least stable first.
Result<std::vector<std::string>> tiers(Database &database);

// Those of tokens that are good at that time, or by which a machine is attached.
Result<std::vector<std::string>> tiers_in_use(Database &database, int64_t now);

// In a transaction of the caller.
Result<> set_tiers(Database &database, const std::vector<std::string> &names);

}
