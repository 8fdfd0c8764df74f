// SPDX-License-Identifier: LGPL-2.1-or-later
// The encoding of hand-written livepatches (the kernel's samples and selftests, SUSE's): a static
// struct klp_patch in writable data that points to an array of struct klp_object, each of which
// points to an array of struct klp_func.
//
// Nothing in the file gives the place of the struct: the variable is static and its symbol may be
// stripped. But its first field is always THIS_MODULE, so one relocation identifies it:
// R_X86_64_64 against __this_module+0, followed, one pointer further, by a relocation for .objs.
// From there StaticArrays follows every pointer through the relocation at its place, as the module
// loader will:
//
//	.data+0x00  R_X86_64_64 __this_module         patch.mod
//	.data+0x08  R_X86_64_64 .data+0x100           patch.objs
//	.data+0x100 (none: 0)                         objs[0].name: NULL is vmlinux
//	.data+0x108 R_X86_64_64 .data+0x300           objs[0].funcs
//	.data+0x300 R_X86_64_64 .rodata.str1.1+0x7    funcs[0].old_name
//	.data+0x308 R_X86_64_64 .text+0x10            funcs[0].new_func
//
// The kernel gets this data only if the module's init does not change it. runtime_writes() tells
// whether init may change it. A field that is assigned at run time (the selftests set .replace
// from a module parameter) makes this field unknown; a reference to any other byte makes all
// functions unknown.
#include "../try.hpp"
#include "encoding.hpp"
#include "runtime_writes.hpp"

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
	std::vector<Place> find_patches() const;
	Result<DecodedPatch> read(Place patch);
	Result<std::vector<PatchedObject>> objects(Place array);
	Result<std::vector<PatchedFunction>> functions(Place array);
	void note_name(const ElfRelocation &pointer);
	Result<PatchedFunction> function(Place at);
	std::string what_init_sets(Place patch, DecodedPatch *decoded) const;

	const ElfFile &elf_;
	const ModulePointers &pointers_;
	const KlpLayout &layout_;
	// The bytes that were read, with the entry that ends each array.
	std::vector<Extent> extents_;
	// A name that stands where the module can write.
	bool has_writable_name_ = false;
	size_t entries_ = 0;
};

// The patches that the module may enable. file_operations and the like have a THIS_MODULE too, but
// in read-only data, or with no pointer to data behind it.
std::vector<Place> StaticArrays::find_patches() const
{
	std::vector<Place> found;
	for (const auto &[where, pointer] : pointers_.all()) {
		const ElfSymbol &symbol = elf_.symbols()[pointer.symbol];
		const ElfSection &section = elf_.sections()[where.first];
		std::optional<Place> pointee = pointers_.target(pointer);
		bool names_this_module =
			symbol.name == "__this_module" ||
			(pointee && pointee->section->name == ".gnu.linkonce.this_module" &&
			 pointee->offset == 0);
		if (!names_this_module || pointer.addend != 0 || !(section.flags & SHF_WRITE) ||
		    where.second < layout_.patch.mod)
			continue;
		Place patch = {&section, where.second - layout_.patch.mod};
		std::optional<Place> objects = pointers_.follow(patch + layout_.patch.objs);
		if (!objects || !(objects->section->flags & SHF_ALLOC) ||
		    (objects->section->flags & SHF_EXECINSTR))
			continue;
		if (patch.offset + layout_.patch.size <= section.size)
			found.push_back(patch);
	}
	return found;
}

void StaticArrays::note_name(const ElfRelocation &pointer)
{
	std::optional<Place> place = pointers_.target(pointer);
	if (place && (place->section->flags & SHF_WRITE))
		has_writable_name_ = true;
}

Result<PatchedFunction> StaticArrays::function(Place at)
{
	Place name_at = at + layout_.func.old_name;
	const ElfRelocation *pointer = pointers_.at(name_at);
	if (!pointer)
		return PatchedFunction(); // the kernel refuses it
	note_name(*pointer);
	return pointers_.function(name_at, at + layout_.func.new_func,
				  at + layout_.func.old_sympos);
}

Result<std::vector<PatchedFunction>> StaticArrays::functions(Place array)
{
	std::vector<PatchedFunction> functions;
	size_t extent = extents_.size();
	extents_.push_back({array, 0});
	for (Place at = array;; at = at + layout_.func.size) {
		Place name = at + layout_.func.old_name, replacement = at + layout_.func.new_func;
		Place position = at + layout_.func.old_sympos;
		extents_[extent].size += layout_.func.size;
		TRY(pointers_.value<uint64_t>(at));
		unsigned long sympos = TRY(pointers_.value<unsigned long>(position));
		if (!pointers_.at(name) && !pointers_.at(replacement) && sympos == 0)
			return functions;
		PatchedFunction entry = TRY(function(at));
		functions.push_back(std::move(entry));
		if (functions.size() > ModulePointers::most_entries)
			return elf_.corrupt(*at.section, array.offset, "an array without end");
	}
}

Result<std::vector<PatchedObject>> StaticArrays::objects(Place array)
{
	std::vector<PatchedObject> objects;
	size_t extent = extents_.size();
	extents_.push_back({array, 0});
	for (Place at = array;; at = at + layout_.object.size) {
		const ElfRelocation *name_pointer = pointers_.at(at + layout_.object.name);
		std::optional<Place> funcs = pointers_.follow(at + layout_.object.funcs);
		extents_[extent].size += layout_.object.size;
		// Checks both ends: an offset may wrap around.
		TRY(pointers_.value<uint64_t>(at));
		TRY(pointers_.value<uint64_t>(at + layout_.object.funcs));
		if (!name_pointer && !funcs)
			return objects;
		PatchedObject object;
		object.name = "vmlinux";
		object.is_module = name_pointer != nullptr;
		object.has_functions = funcs.has_value();
		if (name_pointer) {
			note_name(*name_pointer);
			std::string module = TRY(pointers_.name(*name_pointer, at));
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

Result<DecodedPatch> StaticArrays::read(Place patch)
{
	DecodedPatch decoded;
	decoded.encoding = PatchFile::Encoding::static_arrays;
	// klp_enable_patch() itself sets the fields behind .replace.
	extents_ = {{patch, layout_.patch.replace + 1}};
	std::optional<Place> array = pointers_.follow(patch + layout_.patch.objs);
	decoded.objects = TRY(objects(*array));
	std::optional<Place> state_array = pointers_.follow(patch + layout_.patch.states);
	if (state_array) {
		decoded.states = TRY(pointers_.states(*state_array, layout_));
		extents_.push_back(
			{*state_array, (decoded.states.size() + 1) * layout_.state.size});
	}
	uint8_t replace = TRY(pointers_.value<uint8_t>(patch + layout_.patch.replace));
	decoded.replace = replace != 0;
	return decoded;
}

// Why the file does not tell which functions the patch has; "" where it does.
std::string StaticArrays::what_init_sets(Place patch, DecodedPatch *decoded) const
{
	if (has_writable_name_)
		return "the module can write to a name of its livepatch arrays";
	Place replace = patch + layout_.patch.replace;
	for (const Reference &write : runtime_writes(pointers_, extents_)) {
		bool is_code = write.from.section->flags & SHF_EXECINSTR;
		// Arrays that could not be read completely may refer to themselves.
		if (decoded->encoding == PatchFile::Encoding::none && !is_code)
			continue;
		// A store of an immediate byte ends one byte further than the reference.
		bool is_replace = write.to.section == replace.section &&
				  (write.to.offset == replace.offset ||
				   (write.to.offset + 1 == replace.offset && is_code));
		if (!is_replace)
			return "the module may write to its livepatch arrays when it is loaded (" +
			       std::string(write.from.section->name) + "+" +
			       std::to_string(write.from.offset) + " refers to them)";
		if (decoded->replace)
			decoded->unknowns.push_back(
				"replace is set by the module's own code when it is loaded");
		decoded->replace.reset();
	}
	return "";
}

Result<std::optional<DecodedPatch>> StaticArrays::decode()
{
	std::vector<Place> patches = find_patches();
	if (patches.empty())
		return std::optional<DecodedPatch>();
	std::erase_if(patches, [&](const Place &place) { return !is_enabled(pointers_, place); });
	DecodedPatch unknown;
	if (patches.size() != 1) {
		unknown.unknowns.push_back(
			patches.empty()
				? "no code of the module passes its struct klp_patch to klp_enable_patch()"
				: "the module has " + std::to_string(patches.size()) +
					  " struct klp_patch; the file does not tell which one is enabled");
		return unknown;
	}
	Result<DecodedPatch> decoded = read(patches[0]);
	DecodedPatch *known = decoded ? &*decoded : &unknown;
	std::string why = what_init_sets(patches[0], known);
	if (why.empty())
		return decoded;
	unknown.unknowns = {why};
	return unknown;
}

}

Result<std::optional<DecodedPatch>>
decode_static_arrays(const ElfFile &elf, const ModulePointers &pointers, const KlpLayout &layout)
{
	return StaticArrays(elf, pointers, layout).decode();
}

}
