// SPDX-License-Identifier: LGPL-2.1-or-later
#include "code_map.hpp"
#include "fail.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

Result<CodeMap> CodeMap::build(const SymbolTable &table)
{
	CodeMap map;
	map.symbols_ = table.all();
	// No code is below this address, only absolute symbols and per-CPU variables.
	constexpr uint64_t lowest = 1ull << 63;
	std::erase_if(map.symbols_,
		      [](const SymbolTable::Entry &symbol) { return symbol.address < lowest; });
	if (map.symbols_.empty())
		return fail(ENODATA,
			    "the kernel hides its addresses: not root, or kernel.kptr_restrict=2");
	std::ranges::stable_sort(map.symbols_, {}, &SymbolTable::Entry::address);
	return map;
}

const SymbolTable::Entry *CodeMap::around(uint64_t address) const
{
	auto behind = std::ranges::upper_bound(symbols_, address, {}, &SymbolTable::Entry::address);
	if (behind == symbols_.begin())
		return nullptr;
	auto symbol = std::ranges::lower_bound(symbols_, std::prev(behind)->address, {},
					       &SymbolTable::Entry::address);
	return address < end_of(&*symbol) ? &*symbol : nullptr;
}

uint64_t CodeMap::end_of(const SymbolTable::Entry *symbol) const
{
	constexpr uint64_t page = 4096;
	uint64_t page_end = (symbol->address / page + 1) * page;
	auto next = std::ranges::upper_bound(symbols_, symbol->address, {},
					     &SymbolTable::Entry::address);
	if (next != symbols_.end() && next->module == symbol->module)
		return next->address;
	if (symbol->module.empty() || next == symbols_.end())
		return page_end;
	return std::min(page_end, next->address);
}

uint64_t CodeMap::end_of(uint64_t start) const
{
	const SymbolTable::Entry *symbol = around(start);
	return symbol ? end_of(symbol) : start;
}

std::optional<std::string> CodeMap::name_at(uint64_t address) const
{
	const SymbolTable::Entry *symbol = around(address);
	if (!symbol)
		return std::nullopt;
	std::string name(symbol->name);
	if (!symbol->module.empty())
		name += " [" + std::string(symbol->module) + "]";
	return name;
}

Result<std::vector<CodeRange>> find_code(const SymbolTable &table, const CodeMap &map,
					 const FunctionName &function)
{
	std::vector<SymbolTable::Entry> found = table.find(function.object, function.name);
	size_t index = function.sympos == 0 ? 0 : function.sympos - 1;
	if (index >= found.size() || found[index].address == 0)
		return fail(ENOENT, "'%s' has no function '%s' with the position %lu",
			    function.object.c_str(), function.name.c_str(), function.sympos);
	std::vector<CodeRange> code = {
		{found[index].address, map.end_of(found[index].address), CodeRange::Part::whole}};
	for (const SymbolTable::Entry &cold :
	     table.find(function.object, function.name + ".cold")) {
		if (cold.address != 0)
			code.push_back(
				{cold.address, map.end_of(cold.address), CodeRange::Part::cold});
	}
	return code;
}

}
