// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "kernel_memory.hpp"
#include "klp_layout.hpp"
#include "symbol_table.hpp"

#include <klp/kernel.hpp>

namespace klp {

// Where each function of each loaded livepatch stands on the stack of its old function:
// livepatch's own lists, read from the kernel's memory.
//
// ENODATA where kallsyms does not show them. EBUSY where no two readings agreed, and
// EBADMSG where what was read never made sense: then nothing is known.
Result<std::vector<Redirect>>
read_redirects(const KernelMemory &memory, const SymbolTable &kallsyms, const StackLayout &layout);

}
