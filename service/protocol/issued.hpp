// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace klp::protocol {

// When the hub signed a timestamp: a field of its own in what is signed, "issued", a time as
// "expires" is. A machine whose clock is wrong learns from it that time has passed. In seconds
// since 1970; 0 where a timestamp does not say it, or not as a time.
void set_issued(nlohmann::json *timestamp, int64_t now);
int64_t issued_of(const nlohmann::json &timestamp);

}
