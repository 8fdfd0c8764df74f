// SPDX-License-Identifier: LGPL-2.1-or-later
// Relocatable ELF files for tests, written section by section, so that nobody ever commits a
// binary. The files are well-formed; a test that needs a malformed file changes the finished
// bytes: see header_of() and put().
#pragma once

#include "../module/elf.hpp"

#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace klp::test {

inline std::vector<std::byte> to_bytes(std::string_view text)
{
	auto start = reinterpret_cast<const std::byte *>(text.data());
	return {start, start + text.size()};
}

// Writes a value into a finished file, or into a section's data.
template <class T> void put(std::string *file, uint64_t offset, T value)
{
	if (file->size() < offset + sizeof(value))
		file->resize(offset + sizeof(value));
	memcpy(file->data() + offset, &value, sizeof(value));
}

template <class T> T get(const std::string &file, uint64_t offset)
{
	T value;
	memcpy(&value, file.data() + offset, sizeof(value));
	return value;
}

class ElfWriter {
public:
	struct Section {
		std::string name;
		uint32_t type = SHT_PROGBITS;
		uint64_t flags = SHF_ALLOC;
		std::string data = {};
		uint32_t link = 0;
		uint32_t info = 0;
		uint64_t nobits_size = 0;
	};

	// Returns the section's index; a reference to its data stays valid until the next section
	// is added.
	uint32_t add(Section section)
	{
		sections_.push_back(std::move(section));
		return sections_.size();
	}
	std::string &data(uint32_t section) { return sections_[section - 1].data; }

	uint32_t symbol(const std::string &name, uint16_t section, uint64_t value = 0,
			uint8_t type = STT_NOTYPE, uint8_t binding = STB_GLOBAL, uint64_t size = 0)
	{
		Elf64_Sym raw = {};
		raw.st_name = name.empty() ? 0 : names_.size();
		raw.st_info = ELF64_ST_INFO(binding, type);
		raw.st_shndx = section;
		raw.st_value = value;
		raw.st_size = size;
		if (!name.empty())
			names_.append(name).push_back('\0');
		symbols_.push_back(raw);
		return symbols_.size();
	}
	// The symbol that stands for a section.
	uint32_t symbol_of(uint32_t section)
	{
		auto [place, added] = section_symbols_.try_emplace(section, 0);
		if (added)
			place->second = symbol("", section, 0, STT_SECTION, STB_LOCAL);
		return place->second;
	}

	// Relocations of a section go to ".rela" and its name, unless another is named.
	void relocate(uint32_t section, uint64_t offset, uint32_t symbol, int64_t addend = 0,
		      uint32_t type = R_X86_64_64, const std::string &rela_name = "",
		      uint64_t rela_flags = 0)
	{
		std::string name =
			rela_name.empty() ? ".rela" + sections_[section - 1].name : rela_name;
		auto [place, added] = relas_.try_emplace(name, 0);
		if (added)
			place->second = add({.name = name,
					     .type = SHT_RELA,
					     .flags = SHF_INFO_LINK | rela_flags,
					     .info = section});
		Elf64_Rela raw = {offset, ELF64_R_INFO(uint64_t{symbol}, type), addend};
		data(place->second).append(reinterpret_cast<const char *>(&raw), sizeof(raw));
	}

	std::string file() const
	{
		std::vector<Section> sections = sections_;
		uint32_t strings = sections.size() + 2;
		for (Section &section : sections) {
			if (section.type == SHT_RELA)
				section.link = strings - 1;
		}
		std::string symbols(sizeof(Elf64_Sym), '\0');
		symbols.append(reinterpret_cast<const char *>(symbols_.data()),
			       symbols_.size() * sizeof(Elf64_Sym));
		if (with_symbols) {
			sections.push_back({".symtab", SHT_SYMTAB, 0, symbols, strings, 1});
			sections.push_back({".strtab", SHT_STRTAB, 0, names_});
		}
		sections.push_back({".shstrtab", SHT_STRTAB, 0});
		std::string section_names(1, '\0');
		std::vector<Elf64_Shdr> headers(1);
		for (const Section &section : sections) {
			Elf64_Shdr header = {};
			header.sh_name = section_names.size();
			section_names.append(section.name).push_back('\0');
			header.sh_type = section.type;
			header.sh_flags = section.flags;
			header.sh_link = section.link;
			header.sh_info = section.info;
			headers.push_back(header);
		}
		sections.back().data = section_names;
		return laid_out(sections, headers);
	}
	std::vector<std::byte> bytes() const { return to_bytes(file()); }

	bool with_symbols = true;

private:
	static std::string laid_out(const std::vector<Section> &sections,
				    std::vector<Elf64_Shdr> &headers)
	{
		std::string file(sizeof(Elf64_Ehdr), '\0');
		for (size_t i = 0; i < sections.size(); i++) {
			file.resize((file.size() + 7) / 8 * 8);
			headers[i + 1].sh_offset = file.size();
			headers[i + 1].sh_size = sections[i].type == SHT_NOBITS
							 ? sections[i].nobits_size
							 : sections[i].data.size();
			file += sections[i].data;
		}
		file.resize((file.size() + 7) / 8 * 8);
		Elf64_Ehdr header = {};
		memcpy(header.e_ident, ELFMAG, SELFMAG);
		header.e_ident[EI_CLASS] = ELFCLASS64;
		header.e_ident[EI_DATA] = ELFDATA2LSB;
		header.e_ident[EI_VERSION] = EV_CURRENT;
		header.e_type = ET_REL;
		header.e_machine = EM_X86_64;
		header.e_version = EV_CURRENT;
		header.e_ehsize = sizeof(Elf64_Ehdr);
		header.e_shoff = file.size();
		header.e_shentsize = sizeof(Elf64_Shdr);
		header.e_shnum = headers.size();
		header.e_shstrndx = headers.size() - 1;
		put(&file, 0, header);
		file.append(reinterpret_cast<const char *>(headers.data()),
			    headers.size() * sizeof(Elf64_Shdr));
		return file;
	}

	std::vector<Section> sections_;
	std::vector<Elf64_Sym> symbols_;
	std::string names_ = std::string(1, '\0');
	std::map<uint32_t, uint32_t> section_symbols_;
	std::map<std::string, uint32_t> relas_;
};

// The place of a section's header in a finished file, or of the last section's ("", the table of
// section names).
inline uint64_t header_of(const std::string &file, std::string_view name)
{
	auto header = get<Elf64_Ehdr>(file, 0);
	auto at = [&](unsigned i) { return header.e_shoff + i * sizeof(Elf64_Shdr); };
	auto names = get<Elf64_Shdr>(file, at(header.e_shstrndx));
	for (unsigned i = 1; i < header.e_shnum; i++) {
		auto section = get<Elf64_Shdr>(file, at(i));
		if (name == file.data() + names.sh_offset + section.sh_name)
			return at(i);
	}
	__builtin_trap(); // the test names a section that it did not write
}

// Changes one field of the header of a section.
template <class T>
std::string with_header(std::string file, std::string_view section, T Elf64_Shdr::*field, T value)
{
	uint64_t at = header_of(file, section);
	auto header = get<Elf64_Shdr>(file, at);
	header.*field = value;
	put(&file, at, header);
	return file;
}

// The place of a section's data.
inline uint64_t data_of(const std::string &file, std::string_view section)
{
	return get<Elf64_Shdr>(file, header_of(file, section)).sh_offset;
}

}
