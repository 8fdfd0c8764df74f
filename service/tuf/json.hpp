// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON as metadata has it. Two readers of one file must not see different things in it, so
// read_json() takes only what has one reading, and canonical_json() gives the bytes that are
// signed.
#pragma once

#include "fault.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace klp::tuf {

constexpr size_t deepest_nesting = 32;

// Refuses, as malformed: bytes that are no UTF-8 or stand before or behind the value, a name that
// an object has twice, a number with a fraction, an exponent or over 64 bits, and nesting deeper
// than deepest_nesting. name is the file's, for the message.
Checked<nlohmann::json> read_json(const std::string &name, std::string_view text);

// Canonical JSON as the specification of TUF has it: names in the order of their code points, no
// white space, strings raw but for '\' before '\' and '"'. value is read_json()'s: no
// floating-point numbers, and not too deep for a recursion.
std::string canonical_json(const nlohmann::json &value);

}
