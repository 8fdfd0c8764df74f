// SPDX-License-Identifier: LGPL-2.1-or-later
// The header and the section headers of an ELF file, for ElfFile (modules) and Vmlinux.
#pragma once

#include <elf.h>
#include <klp/error.hpp>
#include <span>
#include <vector>

namespace klp {

struct ElfHeaders {
	Elf64_Ehdr file;
	std::vector<Elf64_Shdr> sections;

	// A section header's offset in the file.
	uint64_t offset_of(size_t section) const
	{
		return file.e_shoff + section * sizeof(Elf64_Shdr);
	}
};

// EBADMSG, with the path and the offset, where the file is not 64-bit little-endian ELF, a section
// reaches past its end, or the section names are in no string table. expected: what the file should
// be, in words. The caller checks e_type and e_machine.
Result<ElfHeaders> read_elf_headers(const std::string &path, std::span<const std::byte> bytes,
				    const char *expected);

// The bytes of a section that read_elf_headers() returned; empty for SHT_NOBITS.
std::span<const std::byte> bytes_of(const Elf64_Shdr &section, std::span<const std::byte> file);

}
