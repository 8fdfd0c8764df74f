// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../store/database.hpp"
#include "answer.hpp"

namespace klp::hub {

// The answer to a request that names a tier which is not there. The caller has the Transaction of
// the change: another person may remove the tier meanwhile.
Result<std::optional<Answer>> refusal_of_tier(store::Database &database, const std::string &tier);

}
