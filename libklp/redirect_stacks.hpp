// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "kernel_memory.hpp"
#include "klp_layout.hpp"
#include "symbol_table.hpp"

#include <klp/error.hpp>
#include <klp/redirect.hpp>
#include <vector>

namespace klp {

// The place of each function of each loaded livepatch on the stack of its old function, from
// livepatch's own lists in the kernel's memory.
//
// ENODATA where kallsyms does not show the lists. EBUSY where no two readings agreed, and EBADMSG
// where no reading ever made sense: then nothing is known.
Result<std::vector<Redirect>>
read_redirects(const KernelMemory &memory, const SymbolTable &kallsyms, const StackLayout &layout);

}
