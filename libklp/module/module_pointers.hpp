// SPDX-License-Identifier: LGPL-2.1-or-later
// What the data of a module points to. In the file a pointer is a zero and a
// relocation, R_X86_64_64 for a field of a structure; it is followed here as the
// module loader will.
//
// Whatever the file says is checked: where nothing is known of a place, it is no
// place, and what reaches past a section is EBADMSG.
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

// A relocation by which the module refers to a place of its own. For code that addresses
// relative to its instruction, "to" is exact where the instruction ends with the reference;
// an immediate behind it makes "to" too low by its size.
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
	// Every relocation of what is in memory later that refers to writable bytes of the module.
	const std::vector<Reference> &references() const { return references_; }
	// The function of livepatch's that is called where the distance is at a place, of those
	// that take a struct klp_patch: "klp_enable_patch" or "klp_get_state"; else "".
	std::string_view livepatch_call_at(Place place) const;

	// The pointer at a place, or nullptr.
	const ElfRelocation *at(Place place) const;
	// Where it points to, or nothing where that is outside the module.
	std::optional<Place> target(const ElfRelocation &pointer) const;
	std::optional<Place> follow(Place place) const;

	// The name that the pointer at a place points to.
	Result<std::string> name(const ElfRelocation &pointer, Place where) const;
	// A function by the places of its fields.
	Result<PatchedFunction> function(Place old_name, Place new_func, Place sympos) const;
	// Of four pointers to callbacks those that are set, by the names of their fields.
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

	// Arrays of this length exist nowhere: a loop that gets here is in a hostile file.
	static constexpr size_t most_entries = 100'000;
	// Nor names of so many letters together, which may be one long name time and again.
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
	mutable size_t letters_ = 0; // of names that were handed out
};

}
