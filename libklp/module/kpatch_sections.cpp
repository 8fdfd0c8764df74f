// SPDX-License-Identifier: LGPL-2.1-or-later
// The encoding of kpatch-build. .kpatch.funcs is an array of seven words a function: new_addr,
// new_size, old_addr, old_size, sympos, name, objname. .kpatch.callbacks.KIND is an array of two
// words a callback: the function and the name of its object. If the object is the kernel, its name
// is "vmlinux". The linker script ends a section of callbacks with a word of zero, so that the
// linker keeps an empty one.
//
// create-diff-object describes the relocations that livepatch is to apply in .kpatch.relocations;
// create-klp-module makes livepatch relocations of them, and removes that section.
//
// The module makes its klp_patch from these arrays when it loads; code sets .replace
// (KLP_REPLACE_ENABLE, true by default).
#include "../try.hpp"
#include "encoding.hpp"

#include <algorithm>
#include <map>

namespace klp {

namespace {

constexpr uint64_t word = sizeof(uint64_t);
constexpr uint64_t function_size = 7 * word;
constexpr uint64_t callback_size = 2 * word;

class KpatchSections {
public:
	KpatchSections(const ElfFile &elf, const ModulePointers &pointers)
	    : elf_(elf), pointers_(pointers)
	{
	}

	Result<std::optional<DecodedPatch>> decode();

private:
	Result<> read_functions(const ElfSection &section);
	Result<> read_callbacks(const ElfSection &section, const char *kind);
	Result<PatchedObject *> object_at(Place name);
	Result<uint64_t> count(const ElfSection &section, uint64_t size) const;

	const ElfFile &elf_;
	const ModulePointers &pointers_;
	std::vector<PatchedObject> objects_;
	std::map<std::string, size_t> indices_; // of objects_, by name
};

// The object whose name a pointer at a place points to.
Result<PatchedObject *> KpatchSections::object_at(Place place)
{
	const ElfRelocation *pointer = pointers_.at(place);
	if (!pointer)
		return elf_.corrupt(*place.section, place.offset, "an object without a name");
	std::string name = TRY(pointers_.name(*pointer, place));
	auto [known, added] = indices_.try_emplace(name, objects_.size());
	if (added)
		objects_.push_back({name, name != "vmlinux", true, {}, {}});
	return &objects_[known->second];
}

// The number of entries in a section, which may have one word more.
Result<uint64_t> KpatchSections::count(const ElfSection &section, uint64_t size) const
{
	uint64_t count = section.size / size, rest = section.size % size;
	if (section.type == SHT_NOBITS || (rest != 0 && rest != word) ||
	    count > ModulePointers::most_entries)
		return elf_.corrupt(section, 0, "%#llx bytes are no array of entries of %llu",
				    static_cast<unsigned long long>(section.size),
				    static_cast<unsigned long long>(size));
	return count;
}

Result<> KpatchSections::read_functions(const ElfSection &section)
{
	uint64_t functions = TRY(count(section, function_size));
	for (uint64_t i = 0; i < functions; i++) {
		Place at = {&section, i * function_size};
		PatchedFunction function =
			TRY(pointers_.function(at + 5 * word, at, at + 4 * word));
		PatchedObject *object = TRY(object_at(at + 6 * word));
		object->functions.push_back(std::move(function));
	}
	return {};
}

Result<> KpatchSections::read_callbacks(const ElfSection &section, const char *kind)
{
	uint64_t callbacks = TRY(count(section, callback_size));
	for (uint64_t i = 0; i < callbacks; i++) {
		Place at = {&section, i * callback_size};
		PatchedObject *object = TRY(object_at(at + word));
		if (std::ranges::find(object->callbacks, kind) != object->callbacks.end())
			return elf_.corrupt(section, at.offset, "a second %s for '%s'", kind,
					    object->name.c_str());
		object->callbacks.push_back(kind);
	}
	return {};
}

Result<std::optional<DecodedPatch>> KpatchSections::decode()
{
	const ElfSection *functions = elf_.section(".kpatch.funcs");
	if (!functions)
		return std::optional<DecodedPatch>();
	TRY(read_functions(*functions));
	for (const char *kind : {"pre_patch", "post_patch", "pre_unpatch", "post_unpatch"}) {
		const ElfSection *callbacks =
			elf_.section(std::string(".kpatch.callbacks.") + kind);
		if (callbacks)
			TRY(read_callbacks(*callbacks, kind));
	}
	DecodedPatch decoded;
	decoded.encoding = PatchFile::Encoding::kpatch_sections;
	decoded.objects = std::move(objects_);
	const ElfSection *left = elf_.section(".kpatch.relocations");
	if (left && left->size > 0)
		decoded.unfinished =
			"create-klp-module has not run on it: .kpatch.relocations is still there, which the kernel does not read";
	decoded.unknowns.push_back(
		"replace was decided when the patch was compiled, and is not written down");
	return decoded;
}

}

Result<std::optional<DecodedPatch>> decode_kpatch_sections(const ElfFile &elf,
							   const ModulePointers &pointers)
{
	return KpatchSections(elf, pointers).decode();
}

}
