// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdarg>
#include <klp/error.hpp>

namespace klp {

// The message of printf()'s format and arguments, with all characters masked that are not
// printable.
[[gnu::format(printf, 1, 0)]] std::string message_of(const char *format, va_list args);

// The Error with this code and this message.
[[gnu::format(printf, 2, 3)]] std::unexpected<Error> fail(int code, const char *format, ...);

}
