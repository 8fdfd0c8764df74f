// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "instructions.hpp"
#include "object.hpp"

#include <set>

namespace klp {

// Splits an ELF file into an Object, once.
class ObjectReader {
public:
	explicit ObjectReader(ElfFile elf);
	Result<Object> read();

private:
	// A symbol with an extent, before it becomes a piece.
	struct Extent {
		uint64_t value, size;
		const ElfSymbol *symbol;
	};

	Result<> collect_relocations();
	Result<> check_sections();
	void find_padding();
	uint64_t padding_before(const ElfSection &section, uint64_t value, uint64_t floor) const;
	Result<> find_replacements();
	Result<> split_sections();
	Result<> check_extent(const ElfSection &section, const ElfSymbol &symbol) const;
	Result<> split(const ElfSection &section);
	Result<> add_piece(const ElfSection &section, const std::vector<Extent> &group,
			   uint64_t floor);
	Result<> add_unnamed(const ElfSection &section, uint64_t start, uint64_t end);
	Result<> split_type_ids(const ElfSection &section);
	Result<> split_unnamed_code(const ElfSection &section);
	std::set<uint64_t> unnamed_code_ends(const ElfSection &section) const;
	void join_cold_parts();
	Result<> decode();
	Result<> resolve_piece(PieceId id);
	Result<> add_inner_branches(PieceId id);
	Result<> read_tables();
	Result<> check_replacement(const ElfSection &section, const ElfRelocation &relocation,
				   const Target &target) const;
	Result<> read_table(const ElfSection &section, size_t per_entry);
	Result<Target> resolve(const ElfSection &from, const ElfRelocation &relocation,
			       int64_t offset) const;
	Result<std::string_view> string_in(const ElfSection &section, int64_t offset,
					   const ElfSection &from, uint64_t where) const;
	Result<Target> resolve_in(const ElfSection &section, int64_t offset, const ElfSection &from,
				  uint64_t where) const;
	Result<Target> resolve_merged(const ElfSection &section, uint64_t start, int64_t offset,
				      const ElfSection &from, uint64_t where) const;
	PieceId piece_at(uint32_t section, int64_t offset) const;
	void classify(const Piece &piece, const ElfRelocation &relocation,
		      Reference *reference) const;

	Object object_;
	ElfFile &elf_;
	std::map<uint32_t, std::set<uint64_t>> padding_; // where it begins, by section
	// The length of each replacement of an instruction, by its relocation in .altinstructions.
	std::map<uint64_t, uint64_t> replacement_lengths_;
	// Relocations by the index of the section that they apply to, by offset.
	std::map<uint32_t, std::vector<ElfRelocation>> relocations_;
	// Pieces by section and start.
	std::map<uint32_t, std::map<uint64_t, PieceId>> places_;
	// The instructions of each piece of code, by piece.
	std::map<PieceId, std::vector<Instruction>> instructions_;
};

}
