// SPDX-License-Identifier: LGPL-2.1-or-later
// The encoding of hand-written livepatches (the kernel's samples and selftests,
// SUSE's): a static struct klp_patch in writable data that points to an array of
// struct klp_object, each of which points to an array of struct klp_func.
//
// Nothing in the file says where it is: the variable is static and its symbol may
// be stripped. But its first field is always THIS_MODULE, so one relocation gives
// it away: R_X86_64_64 against __this_module+0, followed, one pointer further, by
// a relocation for .objs. From there every pointer is followed through the
// relocation at its place, as the module loader will:
//
//	.data+0x00  R_X86_64_64 __this_module         patch.mod
//	.data+0x08  R_X86_64_64 .data+0x100           patch.objs
//	.data+0x100 (none: 0)                         objs[0].name: NULL is vmlinux
//	.data+0x108 R_X86_64_64 .data+0x300           objs[0].funcs
//	.data+0x300 R_X86_64_64 .rodata.str1.1+0x7    funcs[0].old_name
//	.data+0x308 R_X86_64_64 .text+0x10            funcs[0].new_func
//
// A field may also be assigned at run time, before klp_enable_patch(): the
// selftests set .replace from a module parameter. Such code refers to the field
// by a relocation of its own; where there is one, the field is "unknown".
#include "encoding.hpp"
#include "try.hpp"

namespace klp {

namespace {

class StaticArrays {
public:
	StaticArrays(const ElfFile &elf, const ModulePointers &pointers, const KlpLayout &layout)
	    : elf_(elf), pointers_(pointers), layout_(layout)
	{
	}

	Result<std::optional<DecodedPatch>> decode();

private:
	Result<std::optional<Place>> find_patch() const;
	Result<std::vector<PatchedObject>> objects(Place array);
	Result<std::vector<PatchedFunction>> functions(Place array) const;
	void note_runtime_fields(Place patch, DecodedPatch *decoded) const;

	const ElfFile &elf_;
	const ModulePointers &pointers_;
	const KlpLayout &layout_;
	size_t entries_ = 0;
};

Result<std::optional<Place>> StaticArrays::find_patch() const
{
	std::optional<Place> found;
	for (const auto &[where, pointer] : pointers_.all()) {
		const ElfSymbol &symbol = elf_.symbols()[pointer.symbol];
		const ElfSection &section = elf_.sections()[where.first];
		std::optional<Place> pointee = pointers_.target(pointer);
		bool names_this_module =
			symbol.name == "__this_module" ||
			(pointee && pointee->section->name == ".gnu.linkonce.this_module" &&
			 pointee->offset == 0);
		// file_operations and the like have a THIS_MODULE too, but in read-only
		// data, or with no pointer to data behind it.
		if (!names_this_module || pointer.addend != 0 || !(section.flags & SHF_WRITE) ||
		    where.second < layout_.patch.mod)
			continue;
		Place patch = {&section, where.second - layout_.patch.mod};
		std::optional<Place> objects = pointers_.follow(patch + layout_.patch.objs);
		if (!objects || !(objects->section->flags & SHF_ALLOC) ||
		    (objects->section->flags & SHF_EXECINSTR))
			continue;
		if (patch.offset + layout_.patch.size > section.size)
			continue;
		if (found)
			return elf_.corrupt(
				section, patch.offset,
				"a second struct klp_patch; which one is enabled cannot be told");
		found = patch;
	}
	return found;
}

Result<std::vector<PatchedFunction>> StaticArrays::functions(Place array) const
{
	std::vector<PatchedFunction> functions;
	for (Place at = array;; at = at + layout_.func.size) {
		Place name = at + layout_.func.old_name, replacement = at + layout_.func.new_func;
		Place position = at + layout_.func.old_sympos;
		TRY(pointers_.value<uint64_t>(at));
		unsigned long sympos = TRY(pointers_.value<unsigned long>(position));
		if (!pointers_.at(name) && !pointers_.at(replacement) && sympos == 0)
			return functions;
		PatchedFunction function = TRY(pointers_.function(name, replacement, position));
		functions.push_back(std::move(function));
		if (functions.size() > ModulePointers::most_entries)
			return elf_.corrupt(*at.section, array.offset, "an array without end");
	}
}

Result<std::vector<PatchedObject>> StaticArrays::objects(Place array)
{
	std::vector<PatchedObject> objects;
	for (Place at = array;; at = at + layout_.object.size) {
		const ElfRelocation *name = pointers_.at(at + layout_.object.name);
		std::optional<Place> funcs = pointers_.follow(at + layout_.object.funcs);
		// Both ends: an offset may wrap around.
		TRY(pointers_.value<uint64_t>(at));
		TRY(pointers_.value<uint64_t>(at + layout_.object.funcs));
		if (!name && !funcs)
			return objects;
		PatchedObject object;
		object.name = "vmlinux";
		object.is_module = name != nullptr;
		object.has_functions = funcs.has_value();
		if (name) {
			std::string module = TRY(pointers_.name(*name, at));
			object.name = module;
		}
		if (funcs)
			object.functions = TRY(functions(*funcs));
		object.callbacks = pointers_.callbacks(at + layout_.object.callbacks);
		entries_ += object.functions.size() + 1;
		objects.push_back(std::move(object));
		if (entries_ > ModulePointers::most_entries)
			return elf_.corrupt(*at.section, array.offset, "an array without end");
	}
}

void StaticArrays::note_runtime_fields(Place patch, DecodedPatch *decoded) const
{
	for (const Place &reference : pointers_.code_references()) {
		if (reference.section != patch.section)
			continue;
		// A store of an immediate byte ends one byte further than reference.
		uint64_t replace = patch.offset + layout_.patch.replace;
		if (reference.offset == replace || reference.offset + 1 == replace) {
			decoded->replace.reset();
			decoded->unknowns.push_back(
				"replace is set by the module's own code when it is loaded");
			return;
		}
	}
}

Result<std::optional<DecodedPatch>> StaticArrays::decode()
{
	std::optional<Place> patch = TRY(find_patch());
	if (!patch)
		return std::optional<DecodedPatch>();
	DecodedPatch decoded;
	decoded.encoding = PatchFile::Encoding::static_arrays;
	std::optional<Place> array = pointers_.follow(*patch + layout_.patch.objs);
	decoded.objects = TRY(objects(*array));
	std::optional<Place> state_array = pointers_.follow(*patch + layout_.patch.states);
	if (state_array)
		decoded.states = TRY(pointers_.states(*state_array, layout_));
	uint8_t replace = TRY(pointers_.value<uint8_t>(*patch + layout_.patch.replace));
	decoded.replace = replace != 0;
	note_runtime_fields(*patch, &decoded);
	return decoded;
}

}

Result<std::optional<DecodedPatch>>
decode_static_arrays(const ElfFile &elf, const ModulePointers &pointers, const KlpLayout &layout)
{
	return StaticArrays(elf, pointers, layout).decode();
}

}
