// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "types.hpp"

#include <cstddef>
#include <klp/error.hpp>
#include <span>
#include <string>

namespace klp {

// Beyond these, a module's debug information is that of no patch.
constexpr size_t most_types = 500'000, most_members = 2'000'000;

// The types in the debug information of a module, as gcc and clang write it with -g, and the
// prototypes of the functions that it defines. ENOENT for a module without; EBADMSG where libdw
// cannot read it, ENOTSUP for .zdebug sections, E2BIG beyond the limits. name is for the message.
Result<TypeTable> read_dwarf_types(std::span<const std::byte> module, const std::string &name);

}
