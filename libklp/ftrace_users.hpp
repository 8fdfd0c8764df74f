// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "kernel_memory.hpp"
#include "klp_layout.hpp"
#include "symbol_table.hpp"

#include <cstdint>
#include <functional>
#include <klp/error.hpp>
#include <klp/ftrace.hpp>
#include <optional>
#include <string>
#include <vector>

namespace klp {

// Every enabled kprobe, and every ftrace_ops on ftrace's list. The function reads the kernel's own
// lists from its memory. name_of gives the function at an address.
//
// ENODATA where kallsyms does not show the lists. EBUSY where no two readings agreed, and EBADMSG
// where no reading ever made sense.
Result<std::vector<FtraceUser>>
read_ftrace_users(const KernelMemory &memory, const SymbolTable &kallsyms,
		  const HandlerLayout &layout,
		  const std::function<std::optional<std::string>(uint64_t)> &name_of);

}
