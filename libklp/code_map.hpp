// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's symbols by address. kallsyms has no sizes: a symbol reaches to the next symbol, as
// in the kernel itself (kallsyms_lookup_size_offset()); the last symbol of a module reaches to the
// end of its page.
#pragma once

#include "symbol_table.hpp"

#include <cstdint>
#include <klp/error.hpp>
#include <klp/function.hpp>
#include <optional>
#include <string>
#include <vector>

namespace klp {

class CodeMap {
public:
	// ENODATA where the kernel hides addresses. Names are views into the table's text.
	static Result<CodeMap> build(const SymbolTable &table);

	// The symbol around an address: "name" or "name [module]".
	std::optional<std::string> name_at(uint64_t address) const;
	uint64_t end_of(uint64_t start) const;

private:
	const SymbolTable::Entry *around(uint64_t address) const;
	uint64_t end_of(const SymbolTable::Entry *symbol) const;

	std::vector<SymbolTable::Entry> symbols_; // by address, then in the file's order
};

// See Kernel::code_of().
Result<std::vector<CodeRange>> find_code(const SymbolTable &table, const CodeMap &map,
					 const FunctionName &function);

}
