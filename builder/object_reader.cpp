// SPDX-License-Identifier: LGPL-2.1-or-later
// An example: gcc -O2 -pg -mfentry -mrecord-mcount -ffunction-sections -fdata-sections of
//
//	static int calls;
//	int f(int x) { if (x > 9) panic("f: %d", x); calls++; return g(x); }
//
// leaves these sections and relocations:
//
//	.text.f           call +1  PLT32 __fentry__-4
//	                  jg   +a  PC32  .text.unlikely.f-4
//	                  addl +10 PC32  .bss.calls-5         (one byte of operand behind it)
//	                  jmp  +16 PLT32 g-4
//	.text.unlikely.f  mov  +8  32S   .rodata.f.str1.1+0
//	                  call +d  PLT32 panic-4
//	.rodata.f.str1.1  "f: %d"                             (SHF_MERGE | SHF_STRINGS)
//	__mcount_loc      +0  64   .text.f+0
//
// collect_relocations() sorts these by section. check_sections() notes sections that
// sections.def does not have. split_sections() makes the pieces "f", "f.cold" and "calls" from
// the symbols; a string is no piece. join_cold_parts() makes "f.cold" the cold part of "f", which
// jumps to it. decode() resolves each relocation, with the instruction around it:
//
//	f+1    branch to undefined "__fentry__", bias -4
//	f+a    branch to piece "f.cold" at 0, bias -4
//	f+10   piece "calls" at 0, bias -5: no branch, and the address is no value
//	f+16   branch to undefined "g", bias -4
//	f.cold+8  string "f: %d", whose address is a value
//	f.cold+d  branch to undefined "panic", bias -4
//
// The bytes under a relocation become 0. So the same function has the same bytes and references
// wherever the compiler puts the pieces around it. read_tables() gives the entry of __mcount_loc
// to "f".
#include "object_reader.hpp"
#include "../libklp/try.hpp"
#include "sections.hpp"
#include "type_ids.hpp"

#include <algorithm>
#include <cstring>

namespace klp {

// The largest distance of a relocation from its symbol.
static constexpr int64_t farthest = int64_t{1} << 40;

// objtool names the padding before a function, too.
static bool is_padding(const ElfSymbol &symbol)
{
	return symbol.name.starts_with("__pfx_");
}

// Sections whose content is no piece.
static bool is_left_out(const ElfSection &section)
{
	bool has_content = section.type == SHT_PROGBITS || section.type == SHT_NOBITS;
	return !(section.flags & SHF_ALLOC) || !has_content || is_strings(section) ||
	       is_literals(section) || has_fate(section.name, SectionFate::table) ||
	       has_fate(section.name, SectionFate::left_out);
}

ObjectReader::ObjectReader(ElfFile elf)
    : elf_((object_.elf_ = std::make_unique<ElfFile>(std::move(elf)), *object_.elf_))
{
}

Result<> ObjectReader::collect_relocations()
{
	for (const ElfSection &rela : elf_.sections()) {
		if (rela.type != SHT_RELA || rela.info >= elf_.sections().size() ||
		    !(elf_.sections()[rela.info].flags & SHF_ALLOC))
			continue;
		std::vector<ElfRelocation> entries = TRY(elf_.relocations(rela));
		auto &list = relocations_[rela.info];
		for (const ElfRelocation &entry : entries) {
			// objtool has turned the code into a nop.
			if (entry.type == R_X86_64_NONE)
				continue;
			size_t width = relocation_width(entry.type);
			if (width == 0)
				return elf_.corrupt(
					rela, 0,
					"a relocation of type %u, which no kernel object has",
					entry.type);
			if (entry.offset + width > elf_.sections()[rela.info].size)
				return elf_.corrupt(rela, 0,
						    "a relocation at %#zx reaches past the end",
						    static_cast<size_t>(entry.offset));
			// Sums of these values must not overflow.
			const ElfSymbol &symbol = elf_.symbols()[entry.symbol];
			if (entry.addend < -farthest || entry.addend > farthest ||
			    (symbol.section != SHN_ABS &&
			     symbol.value > static_cast<uint64_t>(farthest)))
				return elf_.corrupt(
					rela, 0,
					"a relocation at %#zx points %lld from %#llx, farther than any object reaches",
					static_cast<size_t>(entry.offset),
					static_cast<long long>(entry.addend),
					static_cast<unsigned long long>(symbol.value));
			list.push_back(entry);
		}
		std::ranges::stable_sort(list, {}, &ElfRelocation::offset);
	}
	return {};
}

// Kernels with call padding have 16 bytes of nops before each function that the compiler made
// (-fpatchable-function-entry=16,16), and none before a function in assembly. A section of its own
// lists the places where the nops begin; objtool names the nops, too.
void ObjectReader::find_padding()
{
	for (const ElfSymbol &symbol : elf_.symbols()) {
		if (is_padding(symbol))
			padding_[symbol.section].insert(symbol.value);
	}
	for (const auto &[index, list] : relocations_) {
		if (elf_.sections()[index].name != "__patchable_function_entries")
			continue;
		for (const ElfRelocation &entry : list) {
			const ElfSymbol &symbol = elf_.symbols()[entry.symbol];
			padding_[symbol.section].insert(symbol.value + entry.addend);
		}
	}
}

// The bytes of padding before a function; floor: the end of the previous function.
uint64_t ObjectReader::padding_before(const ElfSection &section, uint64_t value,
				      uint64_t floor) const
{
	static constexpr uint64_t most = 64;
	auto places = padding_.find(section.index);
	if (places == padding_.end())
		return 0;
	auto next = places->second.upper_bound(value);
	if (next == places->second.begin())
		return 0;
	uint64_t start = *std::prev(next);
	return start >= floor && value - start <= most ? value - start : 0;
}

// Whether a symbol's extent lies in its section.
Result<> ObjectReader::check_extent(const ElfSection &section, const ElfSymbol &symbol) const
{
	if (symbol.value <= section.size && symbol.size <= section.size - symbol.value)
		return {};
	return elf_.corrupt(section, symbol.value, "'%.*s' of %#zx bytes reaches past its end",
			    static_cast<int>(symbol.name.size()), symbol.name.data(),
			    static_cast<size_t>(symbol.size));
}

Result<> ObjectReader::add_piece(const ElfSection &section, const std::vector<Extent> &group,
				 uint64_t floor)
{
	// Takes the global name of several, then the longest extent, then the first. But every
	// module has an init_module: the function of which it is an alias has the better name.
	auto rank = [](const Extent &extent) {
		std::string_view name = extent.symbol->name;
		bool own = name != "init_module" && name != "cleanup_module";
		return std::tuple(own, extent.symbol->binding != STB_LOCAL, extent.size);
	};
	const Extent *main = &*std::ranges::max_element(group, {}, rank);
	uint64_t size = std::ranges::max(group, {}, &Extent::size).size;
	Piece piece;
	piece.name = main->symbol->name;
	piece.global = main->symbol->binding != STB_LOCAL;
	piece.weak = main->symbol->binding == STB_WEAK;
	bool code = section.flags & SHF_EXECINSTR;
	piece.kind =
		!code ? section.flags & SHF_WRITE ? Piece::Kind::variable : Piece::Kind::constant
		: base_name(piece.name).ends_with(".cold") ? Piece::Kind::cold
							   : Piece::Kind::function;
	piece.section = section.index;
	if (piece.kind == Piece::Kind::function)
		piece.entry = padding_before(section, main->value, floor);
	piece.start = main->value - piece.entry;
	piece.size = size + piece.entry;
	piece.align = std::max<uint64_t>(section.align, 1);
	piece.zero = section.type == SHT_NOBITS;
	if (!piece.zero) {
		auto bytes = section.data.subspan(piece.start, piece.size);
		piece.bytes.assign(bytes.begin(), bytes.end());
	}
	PieceId id = object_.pieces_.size();
	for (const Extent &extent : group) {
		object_.names_.emplace(extent.symbol->name, id);
		if (&extent != main)
			piece.aliases.push_back(extent.symbol->name);
	}
	places_[section.index][piece.start] = id;
	object_.pieces_.push_back(std::move(piece));
	return {};
}

Result<> ObjectReader::add_unnamed(const ElfSection &section, uint64_t start, uint64_t end)
{
	Piece piece;
	piece.kind = section.flags & SHF_EXECINSTR ? Piece::Kind::code
		     : section.flags & SHF_WRITE   ? Piece::Kind::variable
						   : Piece::Kind::constant;
	piece.section = section.index;
	piece.start = start;
	piece.size = end - start;
	piece.align = std::max<uint64_t>(section.align, 1);
	piece.zero = section.type == SHT_NOBITS;
	if (!piece.zero) {
		auto bytes = section.data.subspan(start, end - start);
		piece.bytes.assign(bytes.begin(), bytes.end());
	}
	places_[section.index][start] = object_.pieces_.size();
	object_.pieces_.push_back(std::move(piece));
	return {};
}

Result<> ObjectReader::split(const ElfSection &section)
{
	std::vector<Extent> extents;
	for (const ElfSymbol &symbol : elf_.symbols()) {
		if (symbol.section != section.index || symbol.name.empty() ||
		    symbol.name.starts_with(".L") || is_padding(symbol) ||
		    symbol.type == STT_SECTION || symbol.type == STT_FILE)
			continue;
		// A label inside of code has no extent; a variable may be empty.
		if (symbol.size == 0 && symbol.type != STT_OBJECT)
			continue;
		TRY(check_extent(section, symbol));
		extents.push_back({symbol.value, symbol.size, &symbol});
	}
	std::ranges::stable_sort(extents, {}, &Extent::value);
	uint64_t end = 0;
	for (size_t i = 0; i < extents.size();) {
		std::vector<Extent> group;
		uint64_t value = extents[i].value;
		for (; i < extents.size() && extents[i].value == value; i++)
			group.push_back(extents[i]);
		// A name within the extent of another.
		if (value < end)
			continue;
		if (value > end && !(section.flags & SHF_EXECINSTR))
			TRY(add_unnamed(section, end, value));
		TRY(add_piece(section, group, end));
		end = value + std::ranges::max(group, {}, &Extent::size).size;
	}
	if (end < section.size && !(section.flags & SHF_EXECINSTR))
		return add_unnamed(section, end, section.size);
	return {};
}

// A list reaches from its name to the next one's: code counts from there.
Result<> ObjectReader::split_type_ids(const ElfSection &section)
{
	std::map<uint64_t, std::vector<Extent>> lists;
	for (const ElfSymbol &symbol : elf_.symbols()) {
		if (symbol.section != section.index || symbol.type == STT_SECTION ||
		    symbol.name.empty() || is_type_id(symbol.name))
			continue;
		TRY(check_extent(section, symbol));
		lists[symbol.value].push_back({symbol.value, 0, &symbol});
	}
	uint64_t first = lists.empty() ? section.size : lists.begin()->first;
	if (first > 0)
		TRY(add_unnamed(section, 0, std::min(first, section.size)));
	for (auto list = lists.begin(); list != lists.end(); ++list) {
		auto next = std::next(list);
		uint64_t end = next == lists.end() ? section.size : next->first;
		list->second[0].size = std::max(end, list->first) - list->first;
		TRY(add_piece(section, list->second, 0));
	}
	return {};
}

// struct alt_instr ends in the lengths of the instruction and of its replacement, a byte
// each (arch/x86/include/asm/alternative.h): 12 bytes in 6.1, 14 since 6.3.
Result<> ObjectReader::find_replacements()
{
	const ElfSection *section = elf_.section(".altinstructions");
	if (!section || section->size == 0)
		return {};
	auto &list = relocations_[section->index];
	size_t size = list.empty() ? 0 : section->size / (list.size() / 2.0);
	if ((size != 12 && size != 14) || section->size % size != 0 ||
	    section->data.size() != section->size)
		return elf_.corrupt(*section, 0,
				    "%zu bytes with %zu relocations: entries of 12 or 14 are known",
				    static_cast<size_t>(section->size), list.size());
	for (size_t i = 1; i < list.size(); i += 2)
		replacement_lengths_[list[i].offset] = std::to_integer<uint64_t>(
			section->data[list[i].offset / size * size + size - 1]);
	return {};
}

// The begins and ends of the stretches of unnamed code: the entry of an alternative has its length;
// other stretches begin where something refers to them.
std::set<uint64_t> ObjectReader::unnamed_code_ends(const ElfSection &section) const
{
	std::set<uint64_t> bounds = {0, section.size};
	auto add = [&](int64_t bound) {
		if (bound > 0 && static_cast<uint64_t>(bound) < section.size)
			bounds.insert(bound);
	};
	for (const auto &[index, list] : relocations_) {
		const ElfSection &from = elf_.sections()[index];
		bool alternatives = from.name == ".altinstructions";
		for (const ElfRelocation &relocation : list) {
			const ElfSymbol &symbol = elf_.symbols()[relocation.symbol];
			if (symbol.section != section.index)
				continue;
			int64_t start = symbol.value + relocation.addend;
			auto length = replacement_lengths_.find(relocation.offset);
			if (from.flags & SHF_EXECINSTR)
				add(start + 4);
			else if (!alternatives || length == replacement_lengths_.end())
				add(start);
			else if (length->second > 0) {
				add(start);
				add(start + length->second);
			}
		}
	}
	return bounds;
}

Result<> ObjectReader::split_unnamed_code(const ElfSection &section)
{
	std::set<uint64_t> bounds = unnamed_code_ends(section);
	for (auto at = bounds.begin(); std::next(at) != bounds.end(); ++at)
		TRY(add_unnamed(section, *at, *std::next(at)));
	return {};
}

Result<> ObjectReader::split_sections()
{
	for (const ElfSection &section : elf_.sections()) {
		if (is_left_out(section))
			continue;
		if (has_fate(section.name, SectionFate::stretch))
			TRY(split_unnamed_code(section));
		else if (has_type_ids(section.name))
			TRY(split_type_ids(section));
		else
			TRY(split(section));
	}
	return {};
}

void ObjectReader::join_cold_parts()
{
	for (PieceId id = 0; id < object_.pieces_.size(); id++) {
		Piece &piece = object_.pieces_[id];
		if (piece.kind != Piece::Kind::cold)
			continue;
		PieceId parent = object_.find(piece.name.substr(0, piece.name.rfind(".cold")));
		if (parent == no_piece || object_.pieces_[parent].kind != Piece::Kind::function)
			continue;
		piece.parent = parent;
		object_.pieces_[parent].cold = id;
	}
}

PieceId ObjectReader::piece_at(uint32_t section, int64_t offset) const
{
	auto pieces = places_.find(section);
	if (pieces == places_.end())
		return no_piece;
	// The compiler may count from a place before or behind the only array of a section.
	if (pieces->second.size() == 1)
		return pieces->second.begin()->second;
	auto next = pieces->second.upper_bound(offset);
	if (next == pieces->second.begin())
		return no_piece;
	PieceId id = std::prev(next)->second;
	const Piece &piece = object_.pieces_[id];
	// The end counts as part of the piece: pointers behind the last element, ORC's ends.
	return static_cast<uint64_t>(offset) <= piece.start + piece.size ? id : no_piece;
}

static uint64_t align_of(const ElfSection &section)
{
	return std::max<uint64_t>(section.align, 1);
}

// A string of characters of one, two or four bytes, without the terminating character.
Result<std::string_view> ObjectReader::string_in(const ElfSection &section, int64_t offset,
						 const ElfSection &from, uint64_t where) const
{
	size_t width = section.entry_size;
	if (width <= 1)
		return elf_.string_at(section, offset);
	auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
	size_t start = offset, end = start;
	if (offset >= 0 && start % width == 0) {
		for (; end + width <= section.data.size(); end += width) {
			if (std::ranges::all_of(section.data.subspan(end, width), is_zero))
				return std::string_view(
					reinterpret_cast<const char *>(section.data.data() + start),
					end - start);
		}
	}
	return elf_.corrupt(from, where,
			    "refers to %.*s%+lld, where no string of characters of %zu bytes is",
			    static_cast<int>(section.name.size()), section.name.data(),
			    static_cast<long long>(offset), width);
}

Result<Target> ObjectReader::resolve_in(const ElfSection &section, int64_t offset,
					const ElfSection &from, uint64_t where) const
{
	Target target;
	std::string why = why_unknown(section);
	if (section.size == 0 || section.entry_size == 0)
		why = "has no entries";
	if ((section.flags & SHF_MERGE) && !why.empty())
		return elf_.corrupt(from, where, "refers to %.*s, which %s",
				    static_cast<int>(section.name.size()), section.name.data(),
				    why.c_str());
	if (is_strings(section)) {
		target.text = TRY(string_in(section, offset, from, where));
		target.kind = Target::Kind::string;
		target.width = section.entry_size;
		target.align = offset % align_of(section) == 0 ? align_of(section) : target.width;
		return target;
	}
	if (is_literals(section)) {
		int64_t start = offset - offset % static_cast<int64_t>(section.entry_size);
		if (offset < 0 || start + section.entry_size > section.data.size())
			return elf_.corrupt(from, where, "refers to %.*s%+lld, which is not in it",
					    static_cast<int>(section.name.size()),
					    section.name.data(), static_cast<long long>(offset));
		target.kind = Target::Kind::literal;
		target.align = align_of(section);
		target.offset = offset - start;
		target.text = {reinterpret_cast<const char *>(section.data.data()) + start,
			       section.entry_size};
		return target;
	}
	target.kind = Target::Kind::piece;
	target.piece = piece_at(section.index, offset);
	if (target.piece == no_piece)
		return elf_.corrupt(from, where, "refers to %.*s%+lld, where nothing is",
				    static_cast<int>(section.name.size()), section.name.data(),
				    static_cast<long long>(offset));
	const Piece &piece = object_.pieces_[target.piece];
	target.offset = offset - static_cast<int64_t>(piece.start + piece.entry);
	return target;
}

// A loop over a string or constant may count from a place before or behind it, where another one
// is. So the assembler keeps the symbol of the string or constant then: the symbol tells which is
// meant.
Result<Target> ObjectReader::resolve_merged(const ElfSection &section, uint64_t start,
					    int64_t offset, const ElfSection &from,
					    uint64_t where) const
{
	Target target = TRY(resolve_in(section, start, from, where));
	int64_t size = static_cast<int64_t>(target.text.size());
	int64_t from_start = target.offset + offset;
	bool inside = target.kind == Target::Kind::string
			      ? offset >= 0 && offset <= size && offset % target.width == 0
			      : from_start >= 0 && from_start < size;
	if (inside)
		return resolve_in(section, static_cast<int64_t>(start) + offset, from, where);
	target.offset = from_start;
	return target;
}

// offset: the distance of the relocation's target from its symbol.
Result<Target> ObjectReader::resolve(const ElfSection &from, const ElfRelocation &relocation,
				     int64_t offset) const
{
	const ElfSymbol &symbol = elf_.symbols()[relocation.symbol];
	const ElfSection *section = elf_.section_of(symbol);
	if (section && (section->flags & SHF_MERGE) && symbol.type != STT_SECTION)
		return resolve_merged(*section, symbol.value, offset, from, relocation.offset);
	if (section) {
		// A name is more precise than its address: the place before a variable may be
		// another variable.
		PieceId named = symbol.type == STT_SECTION ? no_piece : object_.find(symbol.name);
		if (named == no_piece || object_.pieces_[named].section != section->index)
			return resolve_in(*section, symbol.value + offset, from, relocation.offset);
		const Piece &piece = object_.pieces_[named];
		Target target;
		target.kind = Target::Kind::piece;
		target.piece = named;
		target.offset = static_cast<int64_t>(symbol.value + offset) -
				static_cast<int64_t>(piece.start + piece.entry);
		return target;
	}
	Target target;
	target.offset = offset;
	if (symbol.section == SHN_UNDEF && !symbol.name.empty()) {
		target.kind = Target::Kind::undefined;
		target.name = symbol.name;
		target.weak = symbol.binding == STB_WEAK;
		return target;
	}
	if (symbol.section == SHN_ABS) {
		target.kind = Target::Kind::absolute;
		target.offset = static_cast<int64_t>(symbol.value + offset);
		return target;
	}
	return elf_.corrupt(from, relocation.offset,
			    "refers to a symbol in section %u, which no kernel object has",
			    symbol.section);
}

// Finds how the instruction around a reference uses it. A distance in code counts from the end of
// the instruction.
void ObjectReader::classify(const Piece &piece, const ElfRelocation &relocation,
			    Reference *reference) const
{
	reference->offset = relocation.offset - piece.start;
	reference->type = relocation.type;
	reference->branch = false;
	reference->pointer = !piece.is_code();
	reference->compared = false;
	reference->bias = 0;
	if (!piece.is_code())
		return;
	const auto &decoded = instructions_.at(places_.at(piece.section).at(piece.start));
	auto next = std::ranges::upper_bound(decoded, reference->offset, {}, &Instruction::offset);
	if (next == decoded.begin())
		return;
	const Instruction &instruction = *std::prev(next);
	uint64_t within = reference->offset - instruction.offset;
	reference->branch = instruction.operand != 0 && instruction.operand == within;
	reference->pointer = instruction.address != 0 && instruction.address == within;
	reference->compared = reference->pointer && instruction.compares;
	if (is_pc_relative(relocation.type))
		reference->bias = static_cast<int64_t>(within) - instruction.length;
}

static void clear(std::vector<std::byte> *bytes, uint64_t offset, size_t width)
{
	if (offset + width <= bytes->size())
		std::fill_n(bytes->begin() + offset, width, std::byte{0});
}

Result<> ObjectReader::resolve_piece(PieceId id)
{
	auto list = relocations_.find(object_.pieces_[id].section);
	if (list == relocations_.end())
		return {};
	const ElfSection &section = elf_.sections()[list->first];
	uint64_t start = object_.pieces_[id].start, end = start + object_.pieces_[id].size;
	auto at = std::ranges::lower_bound(list->second, start, {}, &ElfRelocation::offset);
	for (; at != list->second.end() && at->offset < end; ++at) {
		Reference reference;
		classify(object_.pieces_[id], *at, &reference);
		reference.target = TRY(resolve(section, *at, at->addend - reference.bias));
		clear(&object_.pieces_[id].bytes, reference.offset, relocation_width(at->type));
		object_.pieces_[id].references.push_back(reference);
	}
	return {};
}

// The assembler resolves calls and jumps between functions of one section itself. Such calls and
// jumps are references like any others.
Result<> ObjectReader::add_inner_branches(PieceId id)
{
	Piece &piece = object_.pieces_[id];
	const ElfSection &section = elf_.sections()[piece.section];
	size_t before = piece.references.size();
	for (const Instruction &instruction : instructions_[id]) {
		if (instruction.operand == 0)
			continue;
		uint64_t operand = instruction.offset + instruction.operand;
		bool relocated = std::ranges::binary_search(piece.references.begin(),
							    piece.references.begin() + before,
							    operand, {}, &Reference::offset);
		if (relocated || (instruction.target >= 0 &&
				  static_cast<uint64_t>(instruction.target) < piece.size))
			continue;
		if (instruction.operand_size != 4) {
			piece.fixed = true;
			continue;
		}
		Reference reference;
		reference.offset = operand;
		reference.type = R_X86_64_PLT32;
		reference.branch = true;
		reference.pointer = reference.compared = false;
		reference.bias = -4;
		reference.target = TRY(resolve_in(section, piece.start + instruction.target,
						  section, piece.start + instruction.offset));
		clear(&piece.bytes, operand, 4);
		piece.references.push_back(reference);
	}
	std::ranges::sort(piece.references, {}, &Reference::offset);
	return {};
}

Result<> ObjectReader::decode()
{
	for (PieceId id = 0; id < object_.pieces_.size(); id++) {
		const Piece &piece = object_.pieces_[id];
		if (!piece.is_code())
			continue;
		Result<std::vector<Instruction>> instructions = decode_instructions(piece.bytes);
		if (!instructions)
			return elf_.corrupt(elf_.sections()[piece.section], piece.start, "%s: %s",
					    piece.name.c_str(),
					    instructions.error().message.c_str());
		instructions_[id] = std::move(*instructions);
	}
	for (PieceId id = 0; id < object_.pieces_.size(); id++) {
		TRY(resolve_piece(id));
		if (object_.pieces_[id].kind == Piece::Kind::function ||
		    object_.pieces_[id].kind == Piece::Kind::cold)
			TRY(add_inner_branches(id));
	}
	return {};
}

// An alternative is one stretch, from its beginning.
Result<> ObjectReader::check_replacement(const ElfSection &section, const ElfRelocation &relocation,
					 const Target &target) const
{
	auto length = replacement_lengths_.find(relocation.offset);
	if (section.name != ".altinstructions" || length == replacement_lengths_.end() ||
	    length->second == 0)
		return {};
	bool whole = target.kind == Target::Kind::piece && target.offset == 0 &&
		     object_.piece(target.piece).size >= length->second;
	if (!whole)
		return elf_.corrupt(section, relocation.offset,
				    "a replacement of %zu bytes overlaps another one",
				    static_cast<size_t>(length->second));
	return {};
}

Result<> ObjectReader::read_table(const ElfSection &section, size_t per_entry)
{
	const auto &list = relocations_[section.index];
	size_t count = list.size() / per_entry;
	if (count == 0 || list.size() % per_entry != 0 || section.data.size() % count != 0)
		return elf_.corrupt(section, 0, "%zu bytes with %zu relocations, not %zu an entry",
				    section.data.size(), list.size(), per_entry);
	size_t size = section.data.size() / count;
	const ElfSection *orc =
		section.name == ".orc_unwind_ip" ? elf_.section(".orc_unwind") : nullptr;
	if (orc && orc->data.size() % count != 0)
		return elf_.corrupt(*orc, 0, "%zu bytes for %zu entries", orc->data.size(), count);
	for (size_t i = 0; i < count; i++) {
		TableEntry entry;
		entry.section = section.name;
		auto bytes = section.data.subspan(i * size, size);
		entry.bytes.assign(bytes.begin(), bytes.end());
		for (size_t k = 0; k < per_entry; k++) {
			const ElfRelocation &relocation = list[i * per_entry + k];
			if (relocation.offset < i * size || relocation.offset >= (i + 1) * size)
				return elf_.corrupt(section, relocation.offset,
						    "not where entry %zu of %zu bytes has one", i,
						    size);
			Reference reference;
			reference.offset = relocation.offset - i * size;
			reference.type = relocation.type;
			reference.branch = reference.pointer = false;
			reference.bias = 0;
			bool is_nothing = k == 1 && section.name == ".altinstructions" &&
					  replacement_lengths_[relocation.offset] == 0;
			// An empty replacement has no place: the code next to it belongs to another
			// entry.
			if (is_nothing)
				reference.target = entry.references[0].target;
			else
				reference.target =
					TRY(resolve(section, relocation, relocation.addend));
			TRY(check_replacement(section, relocation, reference.target));
			clear(&entry.bytes, reference.offset, relocation_width(relocation.type));
			entry.references.push_back(reference);
		}
		if (orc) {
			size_t width = orc->data.size() / count;
			auto companion = orc->data.subspan(i * width, width);
			entry.companion.assign(companion.begin(), companion.end());
		}
		const Target &owner = entry.references[0].target;
		if (owner.kind != Target::Kind::piece)
			return elf_.corrupt(section, i * size,
					    "an entry about no code of this object");
		object_.pieces_[owner.piece].tables.push_back(std::move(entry));
	}
	return {};
}

Result<> ObjectReader::read_tables()
{
	for (const ElfSection &section : elf_.sections()) {
		const SectionKind *kind = section_kind(section.name);
		if (kind && kind->fate == SectionFate::table && (section.flags & SHF_ALLOC) &&
		    section.size > 0)
			TRY(read_table(section, kind->relocations));
	}
	return {};
}

// The reader makes no guess about an unknown section.
Result<> ObjectReader::check_sections()
{
	for (const ElfSection &section : elf_.sections()) {
		std::string why = why_unknown(section);
		if (!why.empty())
			object_.unknown_.push_back({std::string(section.name), why});
		bool merged = (section.flags & SHF_ALLOC) && (section.flags & SHF_MERGE) &&
			      section.size > 0 && !has_fate(section.name, SectionFate::table);
		bool code = section.flags & SHF_EXECINSTR;
		if (code && section.type == SHT_NOBITS && section.size > 0)
			return elf_.corrupt(section, 0, "code without instructions");
		if (merged && relocations_.contains(section.index))
			return elf_.corrupt(section, 0, "mergeable, and with relocations");
	}
	return {};
}

Result<Object> ObjectReader::read()
{
	TRY(collect_relocations());
	TRY(check_sections());
	TRY(find_replacements());
	find_padding();
	TRY(split_sections());
	join_cold_parts();
	TRY(decode());
	TRY(read_tables());
	return std::move(object_);
}

}
