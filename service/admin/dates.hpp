// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/fault.hpp"

namespace klp::admin {

// Seconds since 1970 of the beginning of a day, "2027-06-30", UTC.
tuf::Checked<int64_t> time_of_date(const std::string &date);

// Whether a role's file, which is good until then, has less than a quarter of its lifetime left.
bool expires_soon(const std::string &role, int64_t expires, int64_t now);

}
