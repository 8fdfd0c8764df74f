// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

constexpr size_t secret_letters = 43; // 32 random bytes in base64url

// A new secret of a token or of a machine. local if the system has no random numbers.
Checked<std::string> new_secret();

// A new name that nobody has: 32 hexadecimal digits. local if the system has no random numbers.
Checked<std::string> new_id();

bool is_secret(std::string_view text);

Checked<std::string> secret(const Fields &fields, const char *name);

// All that the hub stores of a secret, and finds it by. A secret has 256 random bits, so one
// SHA-256 is enough.
std::string hash_of_secret(std::string_view secret);

}
