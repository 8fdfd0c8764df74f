// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>

namespace klp {

// How far behind a function's beginning its own code starts: behind ENDBR, or what is
// in its place, and behind the call that ftrace switches on and off. These are the bytes
// at the beginning, 9 at least.
size_t first_instruction(std::span<const unsigned char> code);

}
