// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "elf.hpp"

#include <klp/patch_file.hpp>

namespace klp {

// Each symbol once for each object whose section refers to it.
Result<std::vector<LivepatchSymbol>> livepatch_symbols(const ElfFile &elf);

}
