// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>

namespace klp {

// The Error with this code and this message; fail() masks all characters that are not printable.
[[gnu::format(printf, 2, 3)]] std::unexpected<Error> fail(int code, const char *format, ...);

}
