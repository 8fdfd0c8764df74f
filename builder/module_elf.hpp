// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds a kernel module: sections that grow, symbols, relocations, and the file of all these. The
// same input gives the same bytes.
#pragma once

#include "../libklp/module/elf.hpp"

#include <map>
#include <string>

namespace klp {

class ModuleElf {
public:
	using SectionId = uint32_t; // from 0, in the order of the file
	using SymbolId = uint32_t;

	static constexpr uint64_t code_flags = SHF_ALLOC | SHF_EXECINSTR;
	static constexpr uint64_t constant_flags = SHF_ALLOC;
	static constexpr uint64_t data_flags = SHF_ALLOC | SHF_WRITE;

	struct Relocation {
		uint64_t offset;
		uint32_t type;
		SymbolId symbol;
		int64_t addend;
		std::string object; // of a livepatch relocation: must be loaded; "" for none
	};
	struct Section {
		std::string name;
		uint32_t type;
		uint64_t flags;
		uint64_t align = 1;
		uint64_t size = 0;
		std::vector<std::byte> bytes; // empty for SHT_NOBITS
		std::vector<Relocation> relocations;
	};
	struct Symbol {
		std::string name;
		uint8_t binding; // STB_*
		uint8_t type; // STT_*
		uint16_t place; // SHN_UNDEF, SHN_LIVEPATCH, or SHN_XINDEX: in section
		SectionId section;
		uint64_t value;
		uint64_t size;
	};

	// Returns the section of this name; makes it with these properties if there is none.
	SectionId section(const std::string &name, uint32_t type, uint64_t flags);
	Section &at(SectionId id) { return sections_[id]; }
	// Appends to a section; returns the offset.
	uint64_t append(SectionId id, std::span<const std::byte> bytes, uint64_t align);
	uint64_t append_zero(SectionId id, uint64_t size, uint64_t align);
	void relocate(SectionId id, Relocation relocation)
	{
		sections_[id].relocations.push_back(std::move(relocation));
	}

	SymbolId section_symbol(SectionId id);
	SymbolId define(const std::string &name, SectionId section, uint64_t value, uint64_t size,
			uint8_t binding, uint8_t type);
	// Makes one symbol for each name.
	SymbolId undefined(const std::string &name, uint8_t binding);
	SymbolId livepatch(const std::string &object, const std::string &name,
			   unsigned long sympos);

	// Returns the finished file. The build id covers the complete file.
	std::vector<std::byte> write();

private:
	SymbolId add(Symbol symbol);

	std::vector<Section> sections_;
	std::map<std::string, SectionId> section_names_;
	std::vector<Symbol> symbols_;
	std::map<SectionId, SymbolId> section_symbols_;
	std::map<std::string, SymbolId> externals_;
};

}
