// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "symbol_table.hpp"

#include <klp/error.hpp>
#include <klp/ftrace.hpp>
#include <string>
#include <vector>

namespace klp {

// Every function that ftrace can redirect. Since 6.5 the list has addresses
// (available_filter_functions_addrs), else they are 0.
Result<SymbolTable> read_traceable_functions(const std::string &root);

Result<std::vector<TracedFunction>> read_traced_functions(const std::string &root);

// Lines of enabled_functions, as t_show() of kernel/trace/ftrace.c prints them.
std::vector<TracedFunction> parse_traced_functions(std::string_view text);

}
