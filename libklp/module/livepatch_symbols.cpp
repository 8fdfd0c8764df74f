// SPDX-License-Identifier: LGPL-2.1-or-later
// The livepatch relocations of a module (Documentation/livepatch/
// module-elf-format.rst): sections .klp.rela.OBJECT.SECTION with the flag
// SHF_RELA_LIVEPATCH, whose symbols are .klp.sym.OBJECT.NAME,SYMPOS in SHN_LIVEPATCH.
// The limits are those of kernel/livepatch/core.c, klp_resolve_symbols().
#include "livepatch_symbols.hpp"
#include "../try.hpp"

#include <charconv>
#include <map>

namespace klp {

static constexpr std::string_view section_prefix = ".klp.rela.";
static constexpr std::string_view symbol_prefix = ".klp.sym.";
static constexpr size_t longest_object = 55;
static constexpr size_t longest_name = 511;

// The object of a section, up to the next '.'; "" for a name that the kernel does not take.
static std::string_view object_of(const ElfSection &rela)
{
	if (!rela.name.starts_with(section_prefix))
		return "";
	std::string_view object = rela.name.substr(section_prefix.size());
	object = object.substr(0, object.find('.'));
	return object.size() <= longest_object ? object : "";
}

static Result<LivepatchSymbol> parse_symbol(const ElfFile &elf, const ElfSection &rela,
					    const ElfRelocation &entry)
{
	const ElfSymbol &symbol = elf.symbols()[entry.symbol];
	std::string name(symbol.name.substr(0, 100));
	if (symbol.section != SHN_LIVEPATCH)
		return elf.corrupt(rela, 0, "symbol '%s' is not marked as a livepatch symbol",
				   name.c_str());
	size_t dot = symbol.name.find('.', symbol_prefix.size());
	size_t comma = symbol.name.rfind(',');
	if (!symbol.name.starts_with(symbol_prefix) || dot == std::string_view::npos ||
	    comma == std::string_view::npos || comma < dot)
		return elf.corrupt(rela, 0, "symbol '%s' is not .klp.sym.OBJECT.NAME,SYMPOS",
				   name.c_str());
	LivepatchSymbol parsed;
	parsed.object = symbol.name.substr(symbol_prefix.size(), dot - symbol_prefix.size());
	parsed.name = symbol.name.substr(dot + 1, comma - dot - 1);
	parsed.relocations = 0;
	const char *end = symbol.name.data() + symbol.name.size();
	auto [stop, status] = std::from_chars(symbol.name.data() + comma + 1, end, parsed.sympos);
	if (status != std::errc() || stop != end)
		return elf.corrupt(rela, 0, "symbol '%s' has no position after the comma",
				   name.c_str());
	if (parsed.object.empty() || parsed.object.size() > longest_object || parsed.name.empty() ||
	    parsed.name.size() > longest_name)
		return elf.corrupt(rela, 0,
				   "symbol '%s': an object of 1 to %zu letters, a name of 1 to %zu",
				   name.c_str(), longest_object, longest_name);
	if (parsed.object == "vmlinux" && object_of(rela) != "vmlinux")
		return elf.corrupt(rela, 0,
				   "symbol '%s' of vmlinux; only .klp.rela.vmlinux may refer to it",
				   name.c_str());
	return parsed;
}

static LivepatchRelocations wrong(std::string_view object, const Error &error)
{
	return {{}, PatchFile::WrongRelocation{std::string(object), error.message}};
}

Result<LivepatchRelocations> livepatch_relocations(const ElfFile &elf)
{
	std::map<std::pair<std::string_view, uint32_t>, LivepatchSymbol> symbols;
	for (const ElfSection &rela : elf.sections()) {
		if (!(rela.flags & SHF_RELA_LIVEPATCH))
			continue;
		std::string_view object = object_of(rela);
		if (object.empty())
			return wrong(
				"",
				elf.corrupt(
					   rela, 0,
					   "a livepatch relocation section that is not named .klp.rela.OBJECT.SECTION")
					.error());
		std::vector<ElfRelocation> entries = TRY(elf.relocations(rela));
		for (const ElfRelocation &entry : entries) {
			auto [place, added] = symbols.try_emplace({object, entry.symbol});
			if (added) {
				Result<LivepatchSymbol> symbol = parse_symbol(elf, rela, entry);
				if (!symbol)
					return wrong(object, symbol.error());
				place->second = std::move(*symbol);
				place->second.section_object = object;
			}
			place->second.relocations++;
		}
	}
	LivepatchRelocations relocations;
	for (auto &[key, symbol] : symbols)
		relocations.symbols.push_back(std::move(symbol));
	return relocations;
}

}
