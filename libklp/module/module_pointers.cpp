// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module_pointers.hpp"
#include "../try.hpp"

#include <algorithm>
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
			functions_.push_back({{symbol.section, symbol.value}, symbol.name});
	}
	put_in_order(&functions_);
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
				pointers_.push_back({{section.index, entry.offset}, entry});
			bool is_relative =
				(section.flags & SHF_EXECINSTR) &&
				(entry.type == R_X86_64_PC32 || entry.type == R_X86_64_PLT32);
			std::string_view name = elf_->symbols()[entry.symbol].name;
			if (is_relative && (name == "klp_enable_patch" || name == "klp_get_state"))
				livepatch_calls_.push_back({{section.index, entry.offset}, name});
			// The addend counts from the end of the instruction, which lies 4
			// bytes on, or more where an immediate follows.
			std::optional<Place> place = target(entry);
			if (place && (place->section->flags & SHF_WRITE))
				references_.push_back({{&section, entry.offset},
						       *place + (is_relative ? 4 : 0),
						       entry.type});
		}
	}
	// The last relocation of a place is the one that stays when the module loader has applied
	// them all.
	std::ranges::reverse(pointers_);
	put_in_order(&pointers_);
	put_in_order(&livepatch_calls_);
	return {};
}

std::string_view ModulePointers::livepatch_call_at(Place place) const
{
	const std::string_view *name =
		find_at(livepatch_calls_, {place.section->index, place.offset});
	return name ? *name : std::string_view();
}

const ElfRelocation *ModulePointers::at(Place place) const
{
	return find_at(pointers_, {place.section->index, place.offset});
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
	TRY(count_letters(text, where));
	return std::string(text);
}

Result<> ModulePointers::count_letters(std::string_view name, Place where) const
{
	letters_ += name.size();
	if (letters_ <= most_letters)
		return {};
	return elf_->corrupt(*where.section, where.offset,
			     "names of more than %zu letters together", most_letters);
}

// The symbol at the pointer's target. With or without -ffunction-sections, the compiler may name
// the section and an offset instead of the function.
std::string ModulePointers::function_name(const ElfRelocation &pointer) const
{
	std::optional<Place> place = target(pointer);
	if (!place)
		return std::string(elf_->symbols()[pointer.symbol].name);
	const std::string_view *function =
		find_at(functions_, {place->section->index, place->offset});
	if (function)
		return std::string(*function);
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
	TRY(count_letters(function.replacement, new_func));
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
