// SPDX-License-Identifier: LGPL-2.1-or-later
#include "elf_headers.hpp"
#include "../try.hpp"
#include "elf.hpp"

#include <cerrno>
#include <cstring>

namespace klp {

static bool lies_within(uint64_t offset, uint64_t size, uint64_t end)
{
	return offset <= end && size <= end - offset;
}

static bool has_bytes(const Elf64_Shdr &section)
{
	return section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL;
}

static Result<Elf64_Ehdr> read_file_header(const char *path, std::span<const std::byte> bytes,
					   const char *expected)
{
	Elf64_Ehdr header;
	if (!read_at(bytes, 0, &header))
		return fail(EBADMSG, "%s: +0: %zu bytes are too few for an ELF header of %zu", path,
			    bytes.size(), sizeof(header));
	const unsigned char *ident = header.e_ident;
	if (memcmp(ident, ELFMAG, SELFMAG) != 0)
		return fail(EBADMSG, "%s: +0: %s: it begins with %02x %02x %02x %02x", path,
			    expected, ident[0], ident[1], ident[2], ident[3]);
	if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB)
		return fail(EBADMSG, "%s: +0x4: class %u, data %u: not 64-bit little-endian", path,
			    ident[EI_CLASS], ident[EI_DATA]);
	if (header.e_shentsize != sizeof(Elf64_Shdr))
		return fail(EBADMSG, "%s: +0x3a: section headers of %u bytes instead of %zu", path,
			    header.e_shentsize, sizeof(Elf64_Shdr));
	if (header.e_shnum == 0 ||
	    !lies_within(header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr), bytes.size()))
		return fail(EBADMSG,
			    "%s: +0x28: %u section headers at %#llx do not fit a file of %zu bytes",
			    path, header.e_shnum, static_cast<unsigned long long>(header.e_shoff),
			    bytes.size());
	return header;
}

Result<ElfHeaders> read_elf_headers(const std::string &path, std::span<const std::byte> bytes,
				    const char *expected)
{
	ElfHeaders headers;
	headers.file = TRY(read_file_header(path.c_str(), bytes, expected));
	headers.sections.reserve(headers.file.e_shnum);
	for (size_t i = 0; i < headers.file.e_shnum; i++) {
		Elf64_Shdr section;
		read_at(bytes, headers.offset_of(i), &section);
		if (has_bytes(section) &&
		    !lies_within(section.sh_offset, section.sh_size, bytes.size()))
			return fail(
				EBADMSG,
				"%s: section header %zu at +%#llx: %#llx bytes at %#llx reach past the end of the file (%#zx)",
				path.c_str(), i,
				static_cast<unsigned long long>(headers.offset_of(i)),
				static_cast<unsigned long long>(section.sh_size),
				static_cast<unsigned long long>(section.sh_offset), bytes.size());
		headers.sections.push_back(section);
	}
	uint32_t names = headers.file.e_shstrndx;
	if (names >= headers.sections.size() || headers.sections[names].sh_type != SHT_STRTAB)
		return fail(EBADMSG, "%s: +0x3e: section %u is not a table of section names",
			    path.c_str(), names);
	return headers;
}

std::span<const std::byte> bytes_of(const Elf64_Shdr &section, std::span<const std::byte> file)
{
	return has_bytes(section) ? file.subspan(section.sh_offset, section.sh_size)
				  : std::span<const std::byte>();
}

}
