// SPDX-License-Identifier: LGPL-2.1-or-later
// The pointers in the data of a module. In the file a pointer is a zero and a relocation,
// R_X86_64_64 for a field of a structure; ModulePointers follows the relocation as the module
// loader will.
//
// ModulePointers checks all input: a place about which nothing is known is no place, and data that
// reaches past a section is EBADMSG.
#pragma once

#include "by_place.hpp"
#include "elf.hpp"

#include <klp/patch_file.hpp>
#include <optional>

namespace klp {

// A place in the file.
struct Place {
	const ElfSection *section;
	uint64_t offset;

	Place operator+(uint64_t distance) const { return {section, offset + distance}; }
};

// A relocation by which the module refers to a place of its own. For code that addresses relative
// to its instruction, "to" is exact if the instruction ends with the reference; an immediate
// behind the reference makes "to" too low by the immediate's size.
struct Reference {
	Place from;
	Place to;
	uint32_t type; // R_X86_64_*
};

class ModulePointers {
public:
	static Result<ModulePointers> read(const ElfFile &elf);

	// In order, each once.
	const ByPlace<ElfRelocation> &all() const { return pointers_; }
	// Every relocation of a section that stays in memory, if it refers to writable bytes of
	// the module.
	const std::vector<Reference> &references() const { return references_; }
	// The function of livepatch that a call reaches whose distance is at a place, for the
	// functions that take a struct klp_patch: "klp_enable_patch" or "klp_get_state"; else "".
	std::string_view livepatch_call_at(Place place) const;

	// The pointer at a place, or nullptr.
	const ElfRelocation *at(Place place) const;
	// The target of the pointer, or std::nullopt where that is outside the module.
	std::optional<Place> target(const ElfRelocation &pointer) const;
	std::optional<Place> follow(Place place) const;

	// The name that the pointer at a place points to.
	Result<std::string> name(const ElfRelocation &pointer, Place where) const;
	// A function by the places of its fields.
	Result<PatchedFunction> function(Place old_name, Place new_func, Place sympos) const;
	// The names of the fields that are set among the four pointers to callbacks.
	std::vector<std::string> callbacks(Place first) const;
	// An array of struct klp_state that ends with id 0.
	Result<std::vector<PatchState>> states(Place array, const KlpLayout &layout) const;

	template <class T> Result<T> value(Place place) const
	{
		T value = 0;
		if (place.section->type != SHT_NOBITS &&
		    !read_at(place.section->data, place.offset, &value))
			return beyond(place);
		return value;
	}

	// No module has arrays of this length: a loop that gets here reads a hostile file.
	static constexpr size_t most_entries = 100'000;
	// The limit for the letters of all names together: one long name may count time and again.
	static constexpr size_t most_letters = 16 << 20;

private:
	explicit ModulePointers(const ElfFile &elf) : elf_(&elf) {}
	Result<> read_relocations();
	void read_functions();
	std::string function_name(const ElfRelocation &pointer) const;
	Result<> count_letters(std::string_view name, Place where) const;
	std::unexpected<Error> beyond(Place place) const;

	const ElfFile *elf_;
	ByPlace<ElfRelocation> pointers_;
	// Names of functions, likewise.
	ByPlace<std::string_view> functions_;
	std::vector<Reference> references_;
	ByPlace<std::string_view> livepatch_calls_;
	mutable size_t letters_ = 0; // of all names returned so far
};

}
