// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patch_module.hpp"
#include "../kmod/patch/klp_build.h"
#include "../kmod/patch/klprt_patch.h"
#include "../libklp/module/manifest.hpp"
#include "../libklp/module/patch_label.hpp"
#include "../libklp/try.hpp"
#include "call_stubs.hpp"
#include "module_imports.hpp"
#include "sections.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace klp {

namespace {

// The place of a piece or a string in the module.
struct Spot {
	ModuleElf::SectionId section = 0;
	uint64_t offset = 0; // of its entry
};

class PatchModule {
public:
	PatchModule(const PatchDescription &description, const InitPart &init,
		    KernelSymbols &symbols)
	    : description_(description), init_(init), symbols_(symbols)
	{
	}
	Result<std::vector<std::byte>> make(const std::vector<const Selection *> &selections);

private:
	void add_states(const std::vector<const Selection *> &selections);
	void add_pieces(const Selection &selection);
	Spot put_piece(const Selection &selection, PieceId id);
	void add_tables(const Selection &selection);
	void add_table(const Selection &selection, const TableEntry &entry);
	void add_references(const Selection &selection);
	void refer(const Selection &selection, Spot from, const Reference &reference);
	Spot put_content(const Target &target);
	ModuleElf::SymbolId external_symbol(const External &external);
	bool is_object(const Selection &selection) const;
	void describe_objects(const std::vector<const Selection *> &selections);
	Spot put_string(std::string_view text, const char *section);
	void add_modinfo(const std::vector<const Selection *> &selections);
	void add_label_note();

	const PatchDescription &description_;
	const InitPart &init_;
	KernelSymbols &symbols_;
	ModuleElf elf_;
	std::map<const Piece *, Spot> spots_;
	std::map<std::string, Spot> contents_;
	ModuleImports imports_{elf_};
	CallStubs stubs_{elf_};
	std::map<std::string, ModuleElf::SymbolId> init_names_; // symbols that the init part needs
	std::set<std::string> relocated_; // modules whose symbols are filled in
};

// Whether code outside of the patch may use its code when the patch is disabled.
bool stays(const std::vector<const Selection *> &selections)
{
	return !std::ranges::all_of(selections, &Selection::is_removable);
}

// Whether such use is possible unless the kernel calls the fix's own callback.
bool stays_if_replaced(const std::vector<const Selection *> &selections)
{
	return std::ranges::any_of(selections, &Selection::is_left_to_callbacks);
}

Spot PatchModule::put_piece(const Selection &selection, PieceId id)
{
	const Piece &piece = selection.object().piece(id);
	std::string_view from = selection.object().section_name(piece);
	std::string name;
	uint64_t flags = ModuleElf::data_flags;
	uint32_t type = SHT_PROGBITS;
	switch (piece.kind) {
	case Piece::Kind::function:
	case Piece::Kind::cold:
		name = ".text";
		flags = ModuleElf::code_flags;
		break;
	case Piece::Kind::code:
		name = from;
		flags = ModuleElf::code_flags;
		break;
	case Piece::Kind::constant:
		name = ".rodata";
		flags = ModuleElf::constant_flags;
		break;
	case Piece::Kind::variable:
		name = piece.zero ? ".bss" : ".data";
		if (name == ".bss")
			type = SHT_NOBITS;
	}
	// The kernel finds these sections by name.
	if (has_fate(from, SectionFate::per_cpu)) {
		name = ".data..percpu";
		type = SHT_PROGBITS;
	} else if (has_fate(from, SectionFate::kept) || has_fate(from, SectionFate::companion)) {
		name = from;
	}
	ModuleElf::SectionId section = elf_.section(name, type, flags);
	// An empty variable has an address, too.
	uint64_t offset = piece.zero ? elf_.append_zero(section, std::max<uint64_t>(piece.size, 1),
							piece.align)
				     : elf_.append(section, selection.bytes_of(id), piece.align);
	return {section, offset + piece.entry};
}

// Makes one array for the kernel of the units' own variables: a later patch finds there what the
// units write into the variables. The array begins .data.
void PatchModule::add_states(const std::vector<const Selection *> &selections)
{
	static constexpr klprt_state end = {};
	std::map<uint64_t, Spot> spots;
	ModuleElf::SectionId id = 0;
	for (const Selection *selection : selections) {
		for (const State &state : selection->declarations().states) {
			const Piece &piece = selection->object().piece(state.piece);
			auto [place, added] = spots.try_emplace(state.id);
			if (added) {
				id = elf_.section(".data", SHT_PROGBITS, ModuleElf::data_flags);
				place->second = {
					id, elf_.append(id, piece.bytes, alignof(klprt_state))};
			}
			spots_[&piece] = place->second;
		}
	}
	if (spots.empty())
		return;
	elf_.append(id, std::as_bytes(std::span(&end, 1)), alignof(klprt_state));
	init_names_["klprt_states"] =
		elf_.define("klprt_states", id, 0, elf_.at(id).size, STB_LOCAL, STT_OBJECT);
}

void PatchModule::add_pieces(const Selection &selection)
{
	const Object &object = selection.object();
	for (PieceId id : selection.included()) {
		if (!spots_.contains(&object.piece(id)))
			spots_[&object.piece(id)] = put_piece(selection, id);
	}
	for (const ReplacedFunction &function : selection.replaced()) {
		const Piece &piece = object.piece(function.piece);
		Spot spot = spots_.at(&piece);
		elf_.define(function.name, spot.section, spot.offset, piece.size - piece.entry,
			    STB_LOCAL, STT_FUNC);
	}
}

Spot PatchModule::put_string(std::string_view text, const char *section)
{
	auto [place, added] = contents_.try_emplace(section + ("\n" + std::string(text)));
	if (added) {
		std::string terminated = std::string(text) + '\0';
		ModuleElf::SectionId id =
			elf_.section(section, SHT_PROGBITS, ModuleElf::constant_flags);
		place->second = {id, elf_.append(id, std::as_bytes(std::span(terminated)), 1)};
	}
	return place->second;
}

// Content that is aligned in the unit is aligned in the patch. A string gets its terminator.
Spot PatchModule::put_content(const Target &target)
{
	if (target.kind == Target::Kind::string && target.width == 1 && target.align == 1) {
		Spot spot = put_string(target.text, ".rodata.str1.1");
		return {spot.section, spot.offset + target.offset};
	}
	std::string bytes = std::string(target.text) + std::string(target.width, '\0');
	uint64_t align = std::max<uint64_t>(target.align, target.width);
	auto [place, added] =
		contents_.try_emplace("content\n" + std::to_string(align) + "\n" + bytes);
	if (added) {
		ModuleElf::SectionId id =
			elf_.section(".rodata", SHT_PROGBITS, ModuleElf::constant_flags);
		place->second = {id, elf_.append(id, std::as_bytes(std::span(bytes)), align)};
	}
	return {place->second.section, place->second.offset + target.offset};
}

ModuleElf::SymbolId PatchModule::external_symbol(const External &external)
{
	if (external.kind == External::Kind::import)
		return imports_.add(external.name, external.crc, external.name_space);
	return elf_.livepatch(external.object, external.name, external.sympos);
}

// from: the begin of the bytes in which the reference counts.
void PatchModule::refer(const Selection &selection, Spot from, const Reference &reference)
{
	const Placement &placement = selection.placement(reference);
	ModuleElf::Relocation relocation = {from.offset + reference.offset, reference.type, 0,
					    reference.bias, ""};
	Spot spot;
	switch (placement.kind) {
	case Placement::Kind::included:
		spot = spots_.at(&placement.object->piece(placement.piece));
		relocation.symbol = elf_.section_symbol(spot.section);
		relocation.addend += spot.offset + reference.target.offset;
		break;
	case Placement::Kind::content:
		spot = put_content(reference.target);
		relocation.symbol = elf_.section_symbol(spot.section);
		relocation.addend += spot.offset;
		break;
	case Placement::Kind::external:
		relocation.symbol = external_symbol(placement.external);
		relocation.addend += placement.external.delta + reference.target.offset;
		// The symbols of vmlinux exist when the patch is loaded; the others exist once the
		// patched module is loaded (kernel/livepatch/core.c, klp_resolve_symbols).
		if (placement.external.kind == External::Kind::livepatch)
			relocation.object = placement.external.object == "vmlinux"
						    ? "vmlinux"
						    : selection.image().name();
		if (!relocation.object.empty() && relocation.object != "vmlinux")
			relocated_.insert(relocation.object);
		stubs_.redirect(selection, reference, &relocation);
		break;
	case Placement::Kind::unresolved:
		relocation.symbol = elf_.undefined(std::string(reference.target.name), STB_WEAK);
		relocation.addend += reference.target.offset;
		break;
	case Placement::Kind::number:
		// Only symbols such as a module's own percpu are absolute; 0 stands for no symbol.
		relocation.addend += reference.target.offset;
		relocation.symbol = elf_.undefined("", STB_WEAK);
		break;
	}
	elf_.relocate(from.section, relocation);
}

void PatchModule::add_references(const Selection &selection)
{
	for (PieceId id : selection.included()) {
		const Piece &piece = selection.object().piece(id);
		Spot start = spots_.at(&piece);
		start.offset -= piece.entry;
		for (const Reference &reference : piece.references)
			refer(selection, start, reference);
	}
}

void PatchModule::add_table(const Selection &selection, const TableEntry &entry)
{
	const ElfSection *source = selection.object().elf().section(entry.section);
	ModuleElf::SectionId id =
		elf_.section(std::string(entry.section), SHT_PROGBITS, source->flags);
	// The entries of a table are adjacent, whatever the table's own alignment.
	ModuleElf::Section &section = elf_.at(id);
	section.align = std::max(section.align, source->align);
	Spot spot = {id, elf_.append(id, entry.bytes, 1)};
	for (const Reference &reference : entry.references)
		refer(selection, spot, reference);
	if (!entry.companion.empty()) {
		ModuleElf::SectionId orc =
			elf_.section(".orc_unwind", SHT_PROGBITS, ModuleElf::constant_flags);
		elf_.append(orc, entry.companion, 1);
	}
}

void PatchModule::add_tables(const Selection &selection)
{
	for (PieceId id : selection.included()) {
		for (const TableEntry &entry : selection.object().piece(id).tables) {
			if (selection.keeps(entry))
				add_table(selection, entry);
		}
	}
}

static size_t offset_of(CallbackKind kind)
{
	return offsetof(klprt_object_ext, callbacks) +
	       static_cast<size_t>(kind) * sizeof(klprt_callbacks_ext::pre_patch);
}

// A module without replaced functions whose symbols the patch's code uses is an object of the
// patch, too: the kernel fills in symbols only for the modules that the patch names
// (kernel/livepatch/core.c, klp_init_object_loaded()).
bool PatchModule::is_object(const Selection &selection) const
{
	return selection.patches() || relocated_.contains(selection.image().name());
}

// Writes .init.klp_objects and .init.klp_funcs, and the symbols that the init part has for them.
void PatchModule::describe_objects(const std::vector<const Selection *> &selections)
{
	std::map<std::string, std::vector<const Selection *>> objects;
	for (const Selection *selection : selections) {
		if (is_object(*selection))
			objects[selection->image().name()].push_back(selection);
	}
	ModuleElf::SectionId functions =
		elf_.section(KLPRT_FUNCS_SECTION, SHT_PROGBITS, ModuleElf::data_flags);
	ModuleElf::SectionId list =
		elf_.section(KLPRT_OBJECTS_SECTION, SHT_PROGBITS, ModuleElf::data_flags);
	auto point = [&](ModuleElf::SectionId from, uint64_t offset, Spot to) {
		elf_.relocate(from, {offset, R_X86_64_64, elf_.section_symbol(to.section),
				     static_cast<int64_t>(to.offset), ""});
	};
	for (const auto &[name, units] : objects) {
		klprt_object_ext object = {};
		std::map<size_t, Spot> callbacks; // by their offset in it
		uint64_t first = elf_.at(functions).size;
		for (const Selection *unit : units) {
			for (const ReplacedFunction &function : unit->replaced()) {
				klprt_func_ext entry = {nullptr, nullptr, function.sympos};
				uint64_t at = elf_.append(functions,
							  std::as_bytes(std::span(&entry, 1)), 8);
				point(functions, at,
				      put_string(function.name, KLPRT_STRINGS_SECTION));
				point(functions, at + offsetof(klprt_func_ext, new_func),
				      spots_.at(&unit->object().piece(function.piece)));
				object.nr_funcs++;
			}
			for (const Callback &callback : unit->declarations().callbacks)
				callbacks[offset_of(callback.kind)] =
					spots_.at(&unit->object().piece(callback.function));
		}
		uint64_t at = elf_.append(list, std::as_bytes(std::span(&object, 1)), 8);
		if (name != "vmlinux")
			point(list, at, put_string(name, KLPRT_STRINGS_SECTION));
		if (object.nr_funcs > 0)
			point(list, at + offsetof(klprt_object_ext, funcs), {functions, first});
		for (const auto &[offset, function] : callbacks)
			point(list, at + offset, function);
	}
	init_names_["klprt_objects"] =
		elf_.define("klprt_objects", list, 0, elf_.at(list).size, STB_LOCAL, STT_OBJECT);
	init_names_["klprt_objects_end"] = elf_.define(
		"klprt_objects_end", list, elf_.at(list).size, 0, STB_LOCAL, STT_NOTYPE);
	uint32_t flags = (description_.replace ? KLPRT_REPLACE : 0) |
			 (relocated_.empty() ? 0 : KLPRT_PIN_TARGETS) |
			 (stays(selections) ? KLPRT_STAYS : 0) |
			 (stays_if_replaced(selections) ? KLPRT_STAYS_IF_REPLACED : 0);
	ModuleElf::SectionId constants =
		elf_.section(".rodata", SHT_PROGBITS, ModuleElf::constant_flags);
	uint64_t at = elf_.append(constants, std::as_bytes(std::span(&flags, 1)), 4);
	init_names_["klprt_flags"] =
		elf_.define("klprt_flags", constants, at, sizeof(flags), STB_LOCAL, STT_OBJECT);
}

void PatchModule::add_modinfo(const std::vector<const Selection *> &selections)
{
	ModuleElf::SectionId id = elf_.section(".modinfo", SHT_PROGBITS, ModuleElf::constant_flags);
	auto add = [&](const std::string &entry) { put_string(entry, ".modinfo"); };
	elf_.at(id).align = 8;
	add("license=GPL");
	add("livepatch=Y");
	std::set<std::string> targets;
	auto add_target = [&](const Image &image) {
		if (!image.build_id().empty())
			targets.insert("klp_build_id=" + image.name() + ":" + image.build_id());
	};
	// A patch of modules is for one build of the kernel, too.
	add_target(symbols_.vmlinux());
	for (const Selection *selection : selections) {
		if (is_object(*selection))
			add_target(selection->image());
	}
	for (const std::string &target : targets)
		add(target);
	if (stays(selections))
		add("klp_removable=no");
	for (const std::string &name_space : imports_.name_spaces())
		add("import_ns=" + name_space);
	for (const std::string &entry : modinfo_of(description_.label))
		add(entry);
	add("depends=");
	add("retpoline=Y");
	add("name=" + description_.name);
	add("vermagic=" + symbols_.vermagic());
}

void PatchModule::add_label_note()
{
	std::vector<std::byte> note = note_of(description_.label);
	if (!note.empty())
		elf_.append(elf_.section(label_section, SHT_NOTE, ModuleElf::constant_flags), note,
			    4);
}

Result<std::vector<std::byte>> PatchModule::make(const std::vector<const Selection *> &selections)
{
	add_states(selections);
	for (const Selection *selection : selections)
		add_pieces(*selection);
	if (looks_up_each_relocation(symbols_.vermagic())) {
		for (const Selection *selection : selections)
			stubs_.count(*selection);
	}
	for (const Selection *selection : selections) {
		add_references(*selection);
		add_tables(*selection);
	}
	stubs_.describe(selections);
	describe_objects(selections);
	TRY(add_init_part(init_, description_.name, symbols_.kernel(), init_names_, &imports_,
			  &elf_));
	add_modinfo(selections);
	add_label_note();
	imports_.add_versions(symbols_.kernel());
	if (!description_.manifest.empty()) {
		ModuleElf::SectionId id = elf_.section(manifest_section, SHT_PROGBITS, 0);
		elf_.append(id, std::as_bytes(std::span(description_.manifest)), 1);
	}
	return elf_.write();
}

}

Result<std::vector<std::byte>> make_patch_module(const PatchDescription &description,
						 const std::vector<const Selection *> &selections,
						 const InitPart &init, KernelSymbols &symbols)
{
	return PatchModule(description, init, symbols).make(selections);
}

}
