// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patch_module.hpp"
#include "../kmod/patch/klp_build.h"
#include "../kmod/patch/klprt_patch.h"
#include "../libklp/manifest.hpp"
#include "../libklp/try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace klp {

namespace {

constexpr uint64_t code_flags = SHF_ALLOC | SHF_EXECINSTR;
constexpr uint64_t constant_flags = SHF_ALLOC;
constexpr uint64_t data_flags = SHF_ALLOC | SHF_WRITE;
constexpr const char *stub_section = ".text.stubs";

// Where a piece or a string went.
struct Spot {
	ModuleElf::SectionId section = 0;
	uint64_t offset = 0; // of its entry
};

using Relocation = ModuleElf::Relocation;

class PatchModule {
public:
	PatchModule(const PatchDescription &description, const InitPart &init,
		    KernelSymbols &symbols)
	    : description_(description), init_(init), symbols_(symbols)
	{
	}
	Result<std::vector<std::byte>> make(const std::vector<const Selection *> &selections);

private:
	// The init part.
	Result<> add_init_part();
	void copy_sections(const ElfFile &part);
	Result<> copy_relocations(const ElfFile &part);
	Result<ModuleElf::SymbolId> init_symbol(const ElfFile &part, const ElfSymbol &symbol);
	void name_module();

	// Selections.
	void add_states(const std::vector<const Selection *> &selections);
	void add_pieces(const Selection &selection);
	Spot put_piece(const Object &object, const Piece &piece);
	void add_tables(const Selection &selection);
	void add_table(const Selection &selection, const TableEntry &entry);
	void add_references(const Selection &selection);
	void refer(const Selection &selection, Spot from, const Reference &reference);
	Spot put_content(const Target &target);
	void count_calls(const Selection &selection);
	bool goes_through_stub(const Selection &selection, const Reference &reference) const;
	Spot stub_for(const Relocation &call);
	void describe_stubs(const std::vector<const Selection *> &selections);
	ModuleElf::SymbolId external_symbol(const External &external);
	void describe_objects(const std::vector<const Selection *> &selections);
	Spot put_string(std::string_view text, const char *section);

	// Words.
	ModuleElf::SymbolId import(const std::string &name, std::optional<uint32_t> crc,
				   const std::string &name_space);
	void add_modinfo(const std::vector<const Selection *> &selections);
	void add_versions();

	const PatchDescription &description_;
	const InitPart &init_;
	KernelSymbols &symbols_;
	ModuleElf elf_;
	std::map<const Piece *, Spot> spots_;
	std::map<std::string, Spot> contents_;
	std::map<std::pair<const ElfFile *, uint32_t>, Spot> init_sections_;
	std::map<std::string, ModuleElf::SymbolId> init_names_;
	std::map<std::string, uint32_t> versions_;
	std::set<std::string> name_spaces_;
	bool module_relocations_ = false;
	// How often each livepatch symbol is called, by who has to be there; and its stub.
	std::map<std::string, size_t> calls_;
	std::map<std::pair<std::string, ModuleElf::SymbolId>, Spot> stubs_;
};

// Its code may be used by others when it is out of force.
bool stays(const std::vector<const Selection *> &selections)
{
	return !std::ranges::all_of(selections, &Selection::is_removable);
}

// It may be used by others, unless the fix's own callback is called.
bool stays_if_replaced(const std::vector<const Selection *> &selections)
{
	return std::ranges::any_of(selections, &Selection::is_left_to_callbacks);
}

// Of the init part's sections, those that the module has one of its own of.
bool is_replaced_section(std::string_view name)
{
	return name == ".modinfo" || name == "__versions" || name.starts_with(".note") ||
	       name.starts_with(".discard") || name == ".ibt_endbr_seal";
}

void PatchModule::copy_sections(const ElfFile &part)
{
	for (const ElfSection &section : part.sections()) {
		if (!(section.flags & SHF_ALLOC) || section.size == 0 ||
		    is_replaced_section(section.name))
			continue;
		// Apart from the patch's own code, whose symbols bound what the kernel looks
		// for on stacks.
		std::string name(section.name == ".text" ? ".text.klprt" : section.name);
		ModuleElf::SectionId id = elf_.section(
			name, section.type, section.flags & ~uint64_t{SHF_MERGE | SHF_STRINGS});
		uint64_t offset = section.type == SHT_NOBITS
					  ? elf_.append_zero(id, section.size, section.align)
					  : elf_.append(id, section.data, section.align);
		init_sections_[{&part, section.index}] = {id, offset};
	}
}

Result<ModuleElf::SymbolId> PatchModule::init_symbol(const ElfFile &part, const ElfSymbol &symbol)
{
	std::string name(symbol.name);
	if (symbol.section == SHN_UNDEF) {
		auto known = init_names_.find(name);
		if (known != init_names_.end())
			return known->second;
		if (symbol.binding == STB_WEAK)
			return elf_.undefined(name, STB_WEAK);
		const KernelImage::Export *found = symbols_.kernel().export_of(name);
		if (!found)
			return fail(ENOENT,
				    "the init part needs '%s', which the kernel does not export",
				    name.c_str());
		return import(name, found->crc, std::string(found->namespace_));
	}
	return fail(EBADMSG, "%s: '%s' is in section %u, which the patch does not take over",
		    part.path().c_str(), name.c_str(), symbol.section);
}

Result<> PatchModule::copy_relocations(const ElfFile &part)
{
	for (const ElfSection &rela : part.sections()) {
		auto place = init_sections_.find({&part, rela.info});
		if (rela.type != SHT_RELA || place == init_sections_.end())
			continue;
		std::vector<ElfRelocation> entries = TRY(part.relocations(rela));
		for (const ElfRelocation &entry : entries) {
			if (entry.type == R_X86_64_NONE)
				continue;
			const ElfSymbol &symbol = part.symbols()[entry.symbol];
			auto target = init_sections_.find({&part, symbol.section});
			ModuleElf::Relocation relocation = {place->second.offset + entry.offset,
							    entry.type, 0, entry.addend, ""};
			if (symbol.section != SHN_UNDEF && target != init_sections_.end()) {
				relocation.symbol = elf_.section_symbol(target->second.section);
				relocation.addend += target->second.offset + symbol.value;
			} else {
				relocation.symbol = TRY(init_symbol(part, symbol));
			}
			elf_.relocate(place->second.section, relocation);
		}
	}
	return {};
}

// struct module has its name behind an enum and a list_head (see ModuleFile::parse_name).
void PatchModule::name_module()
{
	constexpr size_t name_offset = 24, name_size = 64 - sizeof(unsigned long);
	ModuleElf::Section &section =
		elf_.at(elf_.section(".gnu.linkonce.this_module", SHT_PROGBITS, data_flags));
	std::fill_n(section.bytes.begin() + name_offset, name_size, std::byte{0});
	std::string name = description_.name.substr(0, name_size - 1);
	memcpy(section.bytes.data() + name_offset, name.data(), name.size());
}

Result<> PatchModule::add_init_part()
{
	const ElfFile *parts[] = {&init_.code, &init_.this_module};
	for (const ElfFile *part : parts)
		copy_sections(*part);
	for (const ElfFile *part : parts) {
		for (const ElfSymbol &symbol : part->symbols()) {
			auto place = init_sections_.find({part, symbol.section});
			if (symbol.section == SHN_UNDEF || place == init_sections_.end() ||
			    symbol.name.empty() || symbol.type == STT_SECTION ||
			    symbol.name.starts_with(".L"))
				continue;
			init_names_[std::string(symbol.name)] =
				elf_.define(std::string(symbol.name), place->second.section,
					    place->second.offset + symbol.value, symbol.size,
					    symbol.binding, symbol.type);
		}
	}
	for (const ElfFile *part : parts)
		TRY(copy_relocations(*part));
	name_module();
	return {};
}

Spot PatchModule::put_piece(const Object &object, const Piece &piece)
{
	std::string_view from = object.section_name(piece);
	std::string name;
	uint64_t flags = data_flags;
	uint32_t type = SHT_PROGBITS;
	switch (piece.kind) {
	case Piece::Kind::function:
	case Piece::Kind::cold:
		name = ".text";
		flags = code_flags;
		break;
	case Piece::Kind::code:
		name = from;
		flags = code_flags;
		break;
	case Piece::Kind::constant:
		name = ".rodata";
		flags = constant_flags;
		break;
	case Piece::Kind::variable:
		// Sections that the module loader knows by name.
		name = from == "__dyndbg" || from.starts_with(".data..percpu") ? std::string(from)
		       : piece.zero					       ? ".bss"
									       : ".data";
		if (name == ".bss")
			type = SHT_NOBITS;
	}
	ModuleElf::SectionId id = elf_.section(name, type, flags);
	// An empty variable has an address all the same.
	uint64_t offset =
		piece.zero ? elf_.append_zero(id, std::max<uint64_t>(piece.size, 1), piece.align)
			   : elf_.append(id, piece.bytes, piece.align);
	return {id, offset + piece.entry};
}

// One array for the kernel, of the very variables that the units have: what they write into
// them is where a later patch finds it. It begins .data.
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
				id = elf_.section(".data", SHT_PROGBITS, data_flags);
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
	for (PieceId id : selection.carried()) {
		if (!spots_.contains(&object.piece(id)))
			spots_[&object.piece(id)] = put_piece(object, object.piece(id));
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
		ModuleElf::SectionId id = elf_.section(section, SHT_PROGBITS, constant_flags);
		place->second = {id, elf_.append(id, std::as_bytes(std::span(terminated)), 1)};
	}
	return place->second;
}

Spot PatchModule::put_content(const Target &target)
{
	if (target.kind == Target::Kind::string)
		return put_string(target.text, ".rodata.str1.1");
	auto [place, added] = contents_.try_emplace("literal\n" + std::string(target.text));
	if (added) {
		ModuleElf::SectionId id = elf_.section(".rodata", SHT_PROGBITS, constant_flags);
		place->second = {id, elf_.append(id, std::as_bytes(std::span(target.text)),
						 std::max<size_t>(target.text.size(), 8))};
	}
	return {place->second.section, place->second.offset + target.offset};
}

ModuleElf::SymbolId PatchModule::import(const std::string &name, std::optional<uint32_t> crc,
					const std::string &name_space)
{
	if (crc)
		versions_[name] = *crc;
	if (!name_space.empty())
		name_spaces_.insert(name_space);
	return elf_.undefined(name, STB_GLOBAL);
}

ModuleElf::SymbolId PatchModule::external_symbol(const External &external)
{
	if (external.kind == External::Kind::import)
		return import(external.name, external.crc, external.name_space);
	return elf_.livepatch(external.object, external.name, external.sympos);
}

// Before 6.2 the kernel looks through all of kallsyms for each livepatch relocation, not
// for each symbol (6.1, kernel/livepatch/core.c, klp_resolve_symbols): some milliseconds
// each, in which its CPU does nothing else. So what is called more than once is called
// through a stub, a jump that alone is relocated.
static bool looks_up_each_relocation(const std::string &vermagic)
{
	unsigned major = 0, minor = 0;
	sscanf(vermagic.c_str(), "%u.%u", &major, &minor);
	return major < 6 || (major == 6 && minor < 2);
}

static std::string key_of(const Selection &selection, const External &external)
{
	return selection.image().name() + "\n" + external.object + "\n" + external.name + "\n" +
	       std::to_string(external.sympos);
}

static bool is_livepatch_call(const Selection &selection, const Reference &reference)
{
	const Placement &placement = selection.placement(reference);
	return reference.branch && reference.bias == -4 && reference.target.offset == 0 &&
	       placement.kind == Placement::Kind::external && placement.external.delta == 0 &&
	       placement.external.kind == External::Kind::livepatch;
}

void PatchModule::count_calls(const Selection &selection)
{
	for (PieceId id : selection.carried()) {
		for (const Reference &reference : selection.object().piece(id).references) {
			if (is_livepatch_call(selection, reference))
				calls_[key_of(selection,
					      selection.placement(reference).external)]++;
		}
	}
}

bool PatchModule::goes_through_stub(const Selection &selection, const Reference &reference) const
{
	if (!is_livepatch_call(selection, reference))
		return false;
	auto calls = calls_.find(key_of(selection, selection.placement(reference).external));
	return calls != calls_.end() && calls->second > 1;
}

// call: as it would be without a stub.
Spot PatchModule::stub_for(const Relocation &call)
{
	static constexpr std::array<uint8_t, 5> jump = {0xe9};
	auto [place, added] = stubs_.try_emplace({call.object, call.symbol});
	if (added) {
		ModuleElf::SectionId id = elf_.section(stub_section, SHT_PROGBITS, code_flags);
		uint64_t at = elf_.append(id, std::as_bytes(std::span(jump)), 8);
		elf_.relocate(id, {at + 1, R_X86_64_PLT32, call.symbol, -4, call.object});
		place->second = {id, at};
	}
	return place->second;
}

static const Piece &some_function(const std::vector<const Selection *> &selections)
{
	for (const Selection *selection : selections) {
		for (PieceId id : selection->carried()) {
			const Piece &piece = selection->object().piece(id);
			if (piece.kind == Piece::Kind::function)
				return piece;
		}
	}
	__builtin_unreachable();
}

// A task that is interrupted in a stub is where it would be at a function's first
// instruction: the unwinder (ORC) is told so, with the words that it has for that.
void PatchModule::describe_stubs(const std::vector<const Selection *> &selections)
{
	if (stubs_.empty())
		return;
	const Piece &function = some_function(selections);
	const TableEntry *entry = nullptr, *end = nullptr;
	for (const TableEntry &candidate : function.tables) {
		if (candidate.section != ".orc_unwind_ip")
			continue;
		int64_t offset = candidate.references[0].target.offset;
		if (offset == 0)
			entry = &candidate;
		if (offset == static_cast<int64_t>(function.size - function.entry))
			end = &candidate;
	}
	ModuleElf::SectionId stubs = elf_.section(stub_section, SHT_PROGBITS, code_flags);
	int64_t size = elf_.at(stubs).size;
	for (auto [words, offset] : {std::pair(entry, int64_t{0}), std::pair(end, size)}) {
		if (!words)
			continue;
		ModuleElf::SectionId ip =
			elf_.section(".orc_unwind_ip", SHT_PROGBITS, constant_flags);
		uint64_t at = elf_.append(ip, words->bytes, 1);
		elf_.relocate(ip, {at, words->references[0].type, elf_.section_symbol(stubs),
				   offset, ""});
		elf_.append(elf_.section(".orc_unwind", SHT_PROGBITS, constant_flags),
			    words->companion, 1);
	}
}

// from: where the bytes begin that the reference counts in.
void PatchModule::refer(const Selection &selection, Spot from, const Reference &reference)
{
	const Placement &placement = selection.placement(reference);
	ModuleElf::Relocation relocation = {from.offset + reference.offset, reference.type, 0,
					    reference.bias, ""};
	Spot spot;
	switch (placement.kind) {
	case Placement::Kind::carried:
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
		// What vmlinux has is there when the patch is loaded; the rest comes with the
		// module that is patched (kernel/livepatch/core.c, klp_resolve_symbols).
		if (placement.external.kind == External::Kind::livepatch)
			relocation.object = placement.external.object == "vmlinux"
						    ? "vmlinux"
						    : selection.image().name();
		module_relocations_ |= !relocation.object.empty() && relocation.object != "vmlinux";
		if (goes_through_stub(selection, reference)) {
			spot = stub_for(relocation);
			relocation.symbol = elf_.section_symbol(spot.section);
			relocation.addend += spot.offset;
			relocation.object.clear();
		}
		break;
	case Placement::Kind::unresolved:
		relocation.symbol = elf_.undefined(std::string(reference.target.name), STB_WEAK);
		relocation.addend += reference.target.offset;
		break;
	case Placement::Kind::number:
		// Only a module's own percpu and the like are absolute; 0 stands for no symbol.
		relocation.addend += reference.target.offset;
		relocation.symbol = elf_.undefined("", STB_WEAK);
		break;
	}
	elf_.relocate(from.section, relocation);
}

void PatchModule::add_references(const Selection &selection)
{
	for (PieceId id : selection.carried()) {
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
	// The entries of a table stand close together, whatever the table's own alignment.
	ModuleElf::Section &section = elf_.at(id);
	section.align = std::max(section.align, source->align);
	Spot spot = {id, elf_.append(id, entry.bytes, 1)};
	for (const Reference &reference : entry.references)
		refer(selection, spot, reference);
	if (!entry.companion.empty()) {
		ModuleElf::SectionId orc =
			elf_.section(".orc_unwind", SHT_PROGBITS, constant_flags);
		elf_.append(orc, entry.companion, 1);
	}
}

void PatchModule::add_tables(const Selection &selection)
{
	for (PieceId id : selection.carried()) {
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

// .init.klp_objects and .init.klp_funcs, and what the init part calls them.
void PatchModule::describe_objects(const std::vector<const Selection *> &selections)
{
	std::map<std::string, std::vector<const Selection *>> objects;
	for (const Selection *selection : selections) {
		if (selection->patches())
			objects[selection->image().name()].push_back(selection);
	}
	ModuleElf::SectionId functions =
		elf_.section(KLPRT_FUNCS_SECTION, SHT_PROGBITS, data_flags);
	ModuleElf::SectionId list = elf_.section(KLPRT_OBJECTS_SECTION, SHT_PROGBITS, data_flags);
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
			 (module_relocations_ ? KLPRT_PIN_TARGETS : 0) |
			 (stays(selections) ? KLPRT_STAYS : 0) |
			 (stays_if_replaced(selections) ? KLPRT_STAYS_IF_REPLACED : 0);
	ModuleElf::SectionId constants = elf_.section(".rodata", SHT_PROGBITS, constant_flags);
	uint64_t at = elf_.append(constants, std::as_bytes(std::span(&flags, 1)), 4);
	init_names_["klprt_flags"] =
		elf_.define("klprt_flags", constants, at, sizeof(flags), STB_LOCAL, STT_OBJECT);
}

void PatchModule::add_modinfo(const std::vector<const Selection *> &selections)
{
	ModuleElf::SectionId id = elf_.section(".modinfo", SHT_PROGBITS, constant_flags);
	auto add = [&](const std::string &entry) { put_string(entry, ".modinfo"); };
	elf_.at(id).align = 8;
	add("license=GPL");
	add("livepatch=Y");
	std::set<std::string> targets;
	for (const Selection *selection : selections) {
		const Image &image = selection->image();
		if (selection->patches() && !image.build_id().empty())
			targets.insert("klp_build_id=" + image.name() + ":" + image.build_id());
	}
	for (const std::string &target : targets)
		add(target);
	if (stays(selections))
		add("klp_removable=no");
	for (const std::string &name_space : name_spaces_)
		add("import_ns=" + name_space);
	add("depends=");
	add("retpoline=Y");
	add("name=" + description_.name);
	add("vermagic=" + symbols_.vermagic());
}

// struct modversion_info: an unsigned long and a name, 64 bytes.
void PatchModule::add_versions()
{
	constexpr size_t entry_size = 64;
	const KernelImage::Export *layout = symbols_.kernel().export_of("module_layout");
	if (layout && layout->crc)
		versions_["module_layout"] = *layout->crc;
	for (const auto &[name, crc] : versions_) {
		std::array<char, entry_size> entry = {};
		uint64_t value = crc;
		memcpy(entry.data(), &value, sizeof(value));
		memcpy(entry.data() + sizeof(value), name.data(),
		       std::min(name.size(), entry_size - sizeof(value) - 1));
		elf_.append(elf_.section("__versions", SHT_PROGBITS, constant_flags),
			    std::as_bytes(std::span(entry)), 1);
	}
}

Result<std::vector<std::byte>> PatchModule::make(const std::vector<const Selection *> &selections)
{
	add_states(selections);
	for (const Selection *selection : selections)
		add_pieces(*selection);
	if (looks_up_each_relocation(symbols_.vermagic())) {
		for (const Selection *selection : selections)
			count_calls(*selection);
	}
	for (const Selection *selection : selections) {
		add_references(*selection);
		add_tables(*selection);
	}
	describe_stubs(selections);
	describe_objects(selections);
	TRY(add_init_part());
	add_modinfo(selections);
	add_versions();
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
