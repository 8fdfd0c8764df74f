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

#include <algorithm>
#include <array>
#include <map>

namespace klp {

namespace {

// A place in the file.
struct Place {
	const ElfSection *section;
	uint64_t offset;

	Place operator+(uint64_t distance) const { return {section, offset + distance}; }
};

class StaticArrays {
public:
	StaticArrays(const ModuleFile &file, const KlpLayout &layout)
	    : elf_(file.elf()), layout_(layout)
	{
	}

	Result<std::optional<DecodedPatch>> decode();

private:
	// Arrays of this length exist nowhere; a loop that gets here is in a hostile
	// file.
	static constexpr size_t most_entries = 100'000;

	void read_functions();
	Result<> read_relocations();
	Result<std::optional<Place>> find_patch() const;
	Result<std::vector<PatchedObject>> objects(Place array);
	Result<std::vector<PatchedFunction>> functions(Place array) const;
	Result<std::vector<PatchState>> states(Place array) const;
	std::vector<std::string> callbacks(Place object) const;
	void note_runtime_fields(Place patch, DecodedPatch *decoded) const;

	const ElfRelocation *pointer_at(Place place) const;
	std::optional<Place> target(const ElfRelocation &relocation) const;
	std::optional<Place> follow(Place place) const;
	Result<std::string> string_of(const ElfRelocation &relocation, Place where) const;
	std::string function_name(const ElfRelocation &relocation) const;
	template <class T> Result<T> value(Place place) const;

	const ElfFile &elf_;
	const KlpLayout &layout_;
	// Absolute pointers of writable or read-only data, by section and offset.
	std::map<std::pair<uint32_t, uint64_t>, ElfRelocation> pointers_;
	// Names of functions, likewise.
	std::map<std::pair<uint32_t, uint64_t>, std::string_view> functions_;
	// References that code makes, with what they refer to.
	std::vector<Place> code_references_;
	size_t entries_ = 0;
};

void StaticArrays::read_functions()
{
	for (const ElfSymbol &symbol : elf_.symbols()) {
		if (symbol.type == STT_FUNC)
			functions_.try_emplace({symbol.section, symbol.value}, symbol.name);
	}
}

Result<> StaticArrays::read_relocations()
{
	for (const ElfSection &rela : elf_.sections()) {
		if (rela.type != SHT_RELA || (rela.flags & SHF_RELA_LIVEPATCH) ||
		    rela.info >= elf_.sections().size())
			continue;
		const ElfSection &section = elf_.sections()[rela.info];
		if (!(section.flags & SHF_ALLOC))
			continue;
		std::vector<ElfRelocation> entries = TRY(elf_.relocations(rela));
		for (const ElfRelocation &entry : entries) {
			if (entry.type == R_X86_64_64) {
				pointers_[{section.index, entry.offset}] = entry;
			} else if ((section.flags & SHF_EXECINSTR) && entry.type == R_X86_64_PC32) {
				// The addend counts from the end of the instruction, which
				// lies 4 bytes on, or more where an immediate follows.
				std::optional<Place> place = target(entry);
				if (place)
					code_references_.push_back(*place + 4);
			}
		}
	}
	return {};
}

const ElfRelocation *StaticArrays::pointer_at(Place place) const
{
	auto found = pointers_.find({place.section->index, place.offset});
	return found == pointers_.end() ? nullptr : &found->second;
}

std::optional<Place> StaticArrays::target(const ElfRelocation &relocation) const
{
	const ElfSymbol &symbol = elf_.symbols()[relocation.symbol];
	const ElfSection *section = elf_.section_of(symbol);
	if (!section)
		return std::nullopt;
	return Place{section, symbol.value + relocation.addend};
}

std::optional<Place> StaticArrays::follow(Place place) const
{
	const ElfRelocation *pointer = pointer_at(place);
	return pointer ? target(*pointer) : std::nullopt;
}

template <class T> Result<T> StaticArrays::value(Place place) const
{
	T value = 0;
	if (place.section->type == SHT_NOBITS)
		return value;
	if (!read_at(place.section->data, place.offset, &value))
		return elf_.corrupt(*place.section, place.offset,
				    "a livepatch structure reaches past the section's %zu bytes",
				    place.section->data.size());
	return value;
}

Result<std::string> StaticArrays::string_of(const ElfRelocation &relocation, Place where) const
{
	std::optional<Place> place = target(relocation);
	if (!place)
		return elf_.corrupt(*where.section, where.offset,
				    "a name that points outside the module");
	std::string_view text = TRY(elf_.name_at(*place->section, place->offset));
	return std::string(text);
}

// The symbol at the place a relocation points to: -ffunction-sections or not, the
// compiler may name the section and an offset instead of the function.
std::string StaticArrays::function_name(const ElfRelocation &relocation) const
{
	const ElfSymbol &symbol = elf_.symbols()[relocation.symbol];
	std::optional<Place> place = target(relocation);
	if (!place)
		return std::string(symbol.name);
	auto function = functions_.find({place->section->index, place->offset});
	if (function != functions_.end())
		return std::string(function->second);
	return std::string(place->section->name) + "+" + std::to_string(place->offset);
}

Result<std::optional<Place>> StaticArrays::find_patch() const
{
	std::optional<Place> found;
	for (const auto &[where, pointer] : pointers_) {
		const ElfSymbol &symbol = elf_.symbols()[pointer.symbol];
		const ElfSection &section = elf_.sections()[where.first];
		std::optional<Place> pointee = target(pointer);
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
		std::optional<Place> objects = follow(patch + layout_.patch.objs);
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
		const ElfRelocation *name = pointer_at(at + layout_.func.old_name);
		const ElfRelocation *replacement = pointer_at(at + layout_.func.new_func);
		TRY(value<uint64_t>(at));
		unsigned long sympos = TRY(value<unsigned long>(at + layout_.func.old_sympos));
		if (!name && !replacement && sympos == 0)
			return functions;
		if (!name)
			return elf_.corrupt(*at.section, at.offset + layout_.func.old_name,
					    "a struct klp_func without old_name");
		PatchedFunction function;
		function.name = TRY(string_of(*name, at));
		function.sympos = sympos;
		function.replacement = replacement ? function_name(*replacement) : "";
		functions.push_back(std::move(function));
		if (functions.size() > most_entries)
			return elf_.corrupt(*at.section, array.offset, "an array without end");
	}
}

std::vector<std::string> StaticArrays::callbacks(Place object) const
{
	static constexpr std::array names = {"pre_patch", "post_patch", "pre_unpatch",
					     "post_unpatch"};
	std::vector<std::string> set;
	for (size_t i = 0; i < names.size(); i++) {
		if (pointer_at(object + (layout_.object.callbacks + i * sizeof(uint64_t))))
			set.push_back(names[i]);
	}
	return set;
}

Result<std::vector<PatchedObject>> StaticArrays::objects(Place array)
{
	std::vector<PatchedObject> objects;
	for (Place at = array;; at = at + layout_.object.size) {
		const ElfRelocation *name = pointer_at(at + layout_.object.name);
		std::optional<Place> funcs = follow(at + layout_.object.funcs);
		// Both ends: an offset may wrap around.
		TRY(value<uint64_t>(at));
		TRY(value<uint64_t>(at + layout_.object.funcs));
		if (!name && !funcs)
			return objects;
		PatchedObject object;
		object.name = "vmlinux";
		object.is_module = name != nullptr;
		object.has_functions = funcs.has_value();
		if (name) {
			std::string module = TRY(string_of(*name, at));
			object.name = module;
		}
		if (funcs)
			object.functions = TRY(functions(*funcs));
		object.callbacks = callbacks(at);
		entries_ += object.functions.size() + 1;
		objects.push_back(std::move(object));
		if (entries_ > most_entries)
			return elf_.corrupt(*at.section, array.offset, "an array without end");
	}
}

Result<std::vector<PatchState>> StaticArrays::states(Place array) const
{
	std::vector<PatchState> states;
	for (Place at = array;; at = at + layout_.state.size) {
		PatchState state;
		state.id = TRY(value<unsigned long>(at + layout_.state.id));
		state.version = TRY(value<unsigned>(at + layout_.state.version));
		if (state.id == 0)
			return states;
		states.push_back(state);
		if (states.size() > most_entries)
			return elf_.corrupt(*at.section, array.offset, "an array without end");
	}
}

void StaticArrays::note_runtime_fields(Place patch, DecodedPatch *decoded) const
{
	for (const Place &reference : code_references_) {
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
	TRY(read_relocations());
	std::optional<Place> patch = TRY(find_patch());
	if (!patch)
		return std::optional<DecodedPatch>();
	read_functions();
	DecodedPatch decoded;
	decoded.encoding = PatchFile::Encoding::static_arrays;
	std::optional<Place> array = follow(*patch + layout_.patch.objs);
	decoded.objects = TRY(objects(*array));
	std::optional<Place> state_array = follow(*patch + layout_.patch.states);
	if (state_array)
		decoded.states = TRY(states(*state_array));
	uint8_t replace = TRY(value<uint8_t>(*patch + layout_.patch.replace));
	decoded.replace = replace != 0;
	note_runtime_fields(*patch, &decoded);
	return decoded;
}

}

Result<std::optional<DecodedPatch>> decode_static_arrays(const ModuleFile &file,
							 const KlpLayout &layout)
{
	return StaticArrays(file, layout).decode();
}

}
