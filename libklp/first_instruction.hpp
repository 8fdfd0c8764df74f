// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>

namespace klp {

// The distance from a function's beginning to its own code. The own code starts behind ENDBR, or
// its replacement, and behind the call that ftrace switches on and off. code has the bytes at the
// function's beginning, at least 9.
size_t first_instruction(std::span<const unsigned char> code);

}
