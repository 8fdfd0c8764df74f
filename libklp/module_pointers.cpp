// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module_pointers.hpp"
#include "try.hpp"

#include <array>

namespace klp {

Result<ModulePointers> ModulePointers::read(const ElfFile &elf)
{
	ModulePointers pointers(elf);
	TRY(pointers.read_relocations());
	pointers.read_functions();
	return pointers;
}

void ModulePointers::read_functions()
{
	for (const ElfSymbol &symbol : elf_->symbols()) {
		if (symbol.type == STT_FUNC)
			functions_.try_emplace({symbol.section, symbol.value}, symbol.name);
	}
}

Result<> ModulePointers::read_relocations()
{
	for (const ElfSection &rela : elf_->sections()) {
		if (rela.type != SHT_RELA || (rela.flags & SHF_RELA_LIVEPATCH) ||
		    rela.info >= elf_->sections().size())
			continue;
		const ElfSection &section = elf_->sections()[rela.info];
		if (!(section.flags & SHF_ALLOC))
			continue;
		std::vector<ElfRelocation> entries = TRY(elf_->relocations(rela));
		for (const ElfRelocation &entry : entries) {
			if (entry.type == R_X86_64_64)
				pointers_[{section.index, entry.offset}] = entry;
			bool is_code = section.flags & SHF_EXECINSTR;
			bool is_relative =
				entry.type == R_X86_64_PC32 || entry.type == R_X86_64_PLT32;
			if (is_code && is_relative)
				calls_[{section.index, entry.offset}] =
					elf_->symbols()[entry.symbol].name;
			// The addend counts from the end of the instruction, which lies 4
			// bytes on, or more where an immediate follows.
			std::optional<Place> place = target(entry);
			if (place)
				references_.push_back({{&section, entry.offset},
						       *place + (is_code && is_relative ? 4 : 0),
						       entry.type});
		}
	}
	return {};
}

std::string_view ModulePointers::called_at(Place place) const
{
	auto found = calls_.find({place.section->index, place.offset});
	return found == calls_.end() ? std::string_view() : found->second;
}

const ElfRelocation *ModulePointers::at(Place place) const
{
	auto found = pointers_.find({place.section->index, place.offset});
	return found == pointers_.end() ? nullptr : &found->second;
}

std::optional<Place> ModulePointers::target(const ElfRelocation &pointer) const
{
	const ElfSymbol &symbol = elf_->symbols()[pointer.symbol];
	const ElfSection *section = elf_->section_of(symbol);
	if (!section)
		return std::nullopt;
	return Place{section, symbol.value + pointer.addend};
}

std::optional<Place> ModulePointers::follow(Place place) const
{
	const ElfRelocation *pointer = at(place);
	return pointer ? target(*pointer) : std::nullopt;
}

std::unexpected<Error> ModulePointers::beyond(Place place) const
{
	return elf_->corrupt(*place.section, place.offset,
			     "a livepatch structure reaches past the section's %zu bytes",
			     place.section->data.size());
}

Result<std::string> ModulePointers::name(const ElfRelocation &pointer, Place where) const
{
	std::optional<Place> place = target(pointer);
	if (!place)
		return elf_->corrupt(*where.section, where.offset,
				     "a name that points outside the module");
	std::string_view text = TRY(elf_->name_at(*place->section, place->offset));
	return std::string(text);
}

// The symbol at the place that it points to: -ffunction-sections or not, the compiler
// may name the section and an offset instead of the function.
std::string ModulePointers::function_name(const ElfRelocation &pointer) const
{
	std::optional<Place> place = target(pointer);
	if (!place)
		return std::string(elf_->symbols()[pointer.symbol].name);
	auto function = functions_.find({place->section->index, place->offset});
	if (function != functions_.end())
		return std::string(function->second);
	return std::string(place->section->name) + "+" + std::to_string(place->offset);
}

Result<PatchedFunction> ModulePointers::function(Place old_name, Place new_func, Place sympos) const
{
	const ElfRelocation *name_pointer = at(old_name);
	const ElfRelocation *replacement = at(new_func);
	if (!name_pointer)
		return elf_->corrupt(*old_name.section, old_name.offset,
				     "a function without a name");
	PatchedFunction function;
	function.name = TRY(name(*name_pointer, old_name));
	function.sympos = TRY(value<unsigned long>(sympos));
	function.replacement = replacement ? function_name(*replacement) : "";
	return function;
}

std::vector<std::string> ModulePointers::callbacks(Place first) const
{
	static constexpr std::array names = {"pre_patch", "post_patch", "pre_unpatch",
					     "post_unpatch"};
	std::vector<std::string> set;
	for (size_t i = 0; i < names.size(); i++) {
		if (at(first + i * sizeof(uint64_t)))
			set.push_back(names[i]);
	}
	return set;
}

Result<std::vector<PatchState>> ModulePointers::states(Place array, const KlpLayout &layout) const
{
	std::vector<PatchState> states;
	for (Place at = array;; at = at + layout.state.size) {
		PatchState state;
		state.id = TRY(value<unsigned long>(at + layout.state.id));
		state.version = TRY(value<unsigned>(at + layout.state.version));
		if (state.id == 0)
			return states;
		states.push_back(state);
		if (states.size() > most_entries)
			return elf_->corrupt(*at.section, array.offset, "an array without end");
	}
}

}
