// SPDX-License-Identifier: LGPL-2.1-or-later
#include "elf.hpp"
#include "../try.hpp"
#include "elf_headers.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace klp {

std::unexpected<Error> ElfFile::corrupt(const ElfSection &section, uint64_t offset,
					const char *format, ...) const
{
	char message[512];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return fail(EBADMSG, "%s: %.*s+%#llx: %s", path_.c_str(),
		    static_cast<int>(std::min<size_t>(section.name.size(), 100)),
		    section.name.data(), static_cast<unsigned long long>(offset), message);
}

Result<ElfFile> ElfFile::parse(const std::string &path, std::vector<std::byte> bytes)
{
	ElfFile file;
	file.path_ = path;
	file.bytes_ = std::move(bytes);
	TRY(file.parse_sections());
	TRY(file.parse_symbols());
	return file;
}

Result<> ElfFile::parse_sections()
{
	ElfHeaders headers = TRY(read_elf_headers(path_, bytes_, "not an ELF file"));
	if (headers.file.e_type != ET_REL)
		return fail(EBADMSG, "%s: +0x10: type %u is not a relocatable file (%u)",
			    path_.c_str(), headers.file.e_type, ET_REL);
	machine_ = headers.file.e_machine;
	sections_.reserve(headers.sections.size());
	for (const Elf64_Shdr &raw : headers.sections) {
		sections_.push_back({
			.name = {},
			.index = static_cast<uint32_t>(sections_.size()),
			.type = raw.sh_type,
			.flags = raw.sh_flags,
			.offset = raw.sh_offset,
			.size = raw.sh_size,
			.link = raw.sh_link,
			.info = raw.sh_info,
			.align = raw.sh_addralign,
			.entry_size = raw.sh_entsize,
			.data = bytes_of(raw, bytes_),
		});
	}
	TRY(refuse_overlaps());
	return name_sections(headers);
}

Result<> ElfFile::refuse_overlaps() const
{
	// 65535 sections of a file that fits in memory do not overflow it.
	uint64_t together = 0;
	for (const ElfSection &section : sections_)
		together += section.data.size();
	if (together <= bytes_.size())
		return {};
	return fail(
		EBADMSG,
		"%s: +0x28: its %zu sections have %llu bytes together, the file has %zu: some overlap",
		path_.c_str(), sections_.size(), static_cast<unsigned long long>(together),
		bytes_.size());
}

Result<> ElfFile::name_sections(const ElfHeaders &headers)
{
	ElfSection &names = sections_[headers.file.e_shstrndx];
	// Errors in a name refer to this table, which has no name yet.
	names.name = ".shstrtab";
	for (ElfSection &section : sections_)
		section.name = TRY(name_at(names, headers.sections[section.index].sh_name));
	return {};
}

Result<> ElfFile::parse_symbols()
{
	const ElfSection *table = nullptr;
	for (const ElfSection &section : sections_) {
		if (section.type != SHT_SYMTAB)
			continue;
		if (table)
			return corrupt(section, 0, "a second symbol table beside '%.*s'",
				       static_cast<int>(std::min<size_t>(table->name.size(), 100)),
				       table->name.data());
		table = &section;
	}
	if (!table)
		return fail(EBADMSG, "%s: no .symtab: stripped, or not a kernel module",
			    path_.c_str());
	if (table->link >= sections_.size() || sections_[table->link].type != SHT_STRTAB)
		return corrupt(*table, 0, "its sh_link %u is not a string table", table->link);
	if (table->size % sizeof(Elf64_Sym) != 0)
		return corrupt(*table, 0, "a size of %#llx is no multiple of %zu",
			       static_cast<unsigned long long>(table->size), sizeof(Elf64_Sym));
	size_t count = table->size / sizeof(Elf64_Sym), letters = 0;
	symbols_.reserve(count);
	for (size_t i = 0; i < count; i++) {
		Elf64_Sym raw;
		read_at(table->data, i * sizeof(raw), &raw);
		if (raw.st_shndx < SHN_LORESERVE && raw.st_shndx >= sections_.size())
			return corrupt(*table, i * sizeof(raw),
				       "symbol %zu is in section %u of %zu", i, raw.st_shndx,
				       sections_.size());
		std::string_view name = TRY(name_at(sections_[table->link], raw.st_name));
		letters += name.size();
		if (letters > bytes_.size())
			return corrupt(*table, i * sizeof(raw),
				       "names of more than the file's %zu bytes up to symbol %zu",
				       bytes_.size(), i);
		symbols_.push_back({
			.name = name,
			.value = raw.st_value,
			.size = raw.st_size,
			.section = raw.st_shndx,
			.type = static_cast<uint8_t>(ELF64_ST_TYPE(raw.st_info)),
			.binding = static_cast<uint8_t>(ELF64_ST_BIND(raw.st_info)),
		});
	}
	return {};
}

const ElfSection *ElfFile::section(std::string_view name) const
{
	for (const ElfSection &section : sections_) {
		if (section.name == name)
			return &section;
	}
	return nullptr;
}

const ElfSection *ElfFile::section_of(const ElfSymbol &symbol) const
{
	if (symbol.section == SHN_UNDEF || symbol.section >= sections_.size())
		return nullptr;
	return &sections_[symbol.section];
}

Result<std::vector<ElfRelocation>> ElfFile::relocations(const ElfSection &rela) const
{
	if (rela.type != SHT_RELA || rela.size % sizeof(Elf64_Rela) != 0)
		return corrupt(rela, 0, "not a table of relocations: type %u, size %#llx",
			       rela.type, static_cast<unsigned long long>(rela.size));
	if (rela.info >= sections_.size())
		return corrupt(rela, 0, "applies to section %u of %zu", rela.info,
			       sections_.size());
	uint64_t target_size = sections_[rela.info].size;
	size_t count = rela.size / sizeof(Elf64_Rela);
	std::vector<ElfRelocation> relocations;
	relocations.reserve(count);
	for (size_t i = 0; i < count; i++) {
		Elf64_Rela raw;
		read_at(rela.data, i * sizeof(raw), &raw);
		ElfRelocation relocation = {
			.offset = raw.r_offset,
			.type = static_cast<uint32_t>(ELF64_R_TYPE(raw.r_info)),
			.symbol = static_cast<uint32_t>(ELF64_R_SYM(raw.r_info)),
			.addend = raw.r_addend,
		};
		if (relocation.symbol >= symbols_.size())
			return corrupt(rela, i * sizeof(raw), "refers to symbol %u of %zu",
				       relocation.symbol, symbols_.size());
		if (relocation.offset >= target_size)
			return corrupt(rela, i * sizeof(raw),
				       "applies at %#llx of a section of %#llx bytes",
				       static_cast<unsigned long long>(relocation.offset),
				       static_cast<unsigned long long>(target_size));
		relocations.push_back(relocation);
	}
	return relocations;
}

Result<std::string_view> ElfFile::string_at(const ElfSection &section, uint64_t offset) const
{
	if (offset >= section.data.size()) {
		// A table may be empty; the empty name is still name 0.
		if (offset == 0)
			return std::string_view();
		return corrupt(section, offset, "a string beyond its %zu bytes",
			       section.data.size());
	}
	const char *start = reinterpret_cast<const char *>(section.data.data()) + offset;
	size_t room = section.data.size() - offset;
	size_t length = strnlen(start, room);
	if (length == room)
		return corrupt(section, offset, "a string without end");
	return std::string_view(start, length);
}

Result<std::string_view> ElfFile::name_at(const ElfSection &section, uint64_t offset) const
{
	if (offset < section.data.size()) {
		std::span<const std::byte> rest = section.data.subspan(offset);
		const char *start = reinterpret_cast<const char *>(rest.data());
		// This is not string_at(): the end may be far away, and many names may share it.
		if (rest.size() > longest_elf_name &&
		    strnlen(start, longest_elf_name + 1) > longest_elf_name)
			return corrupt(section, offset, "a name of more than %zu letters",
				       longest_elf_name);
	}
	std::string_view name = TRY(string_at(section, offset));
	if (std::ranges::any_of(name, [](unsigned char letter) { return iscntrl(letter); }))
		return corrupt(section, offset, "a name with a control character");
	return name;
}

}
