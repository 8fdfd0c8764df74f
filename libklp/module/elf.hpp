// SPDX-License-Identifier: LGPL-2.1-or-later
// A relocatable ELF64 x86-64 file in memory. Every offset is checked.
//
// Why not libelf: it held under the fuzzer (HACKING.md), but its errors for a malformed file name
// neither section nor offset, so nobody can act on them. Also, libelf leaves sh_link, sh_info and
// every relocation's offset to its caller. ElfFile reads only the contents of a kernel module.
//
// parse() makes all checks that affect the layout once. Afterwards every section lies in the file,
// and each symbol's name lies in its string table. All sections together are no larger than the
// file, and neither are the symbols' names. Data made from them therefore takes memory in
// proportion to the file, however they overlap.
#pragma once

#include <cstdint>
#include <elf.h>
#include <klp/error.hpp>
#include <span>
#include <string_view>
#include <vector>

// elf.h of glibc 2.36 lacks the kernel's own constants (include/uapi/linux/elf.h).
#ifndef SHF_RELA_LIVEPATCH
#define SHF_RELA_LIVEPATCH 0x00100000
#endif
#ifndef SHN_LIVEPATCH
#define SHN_LIVEPATCH 0xff20
#endif

namespace klp {

struct ElfHeaders;

struct ElfSection {
	std::string_view name;
	uint32_t index;
	uint32_t type; // SHT_*
	uint64_t flags; // SHF_*
	uint64_t offset; // in the file
	uint64_t size;
	uint32_t link;
	uint32_t info;
	uint64_t align; // 0 and 1 both mean none
	uint64_t entry_size; // sh_entsize: for merged strings and constants
	std::span<const std::byte> data; // empty for SHT_NOBITS
};

struct ElfSymbol {
	std::string_view name;
	uint64_t value;
	uint64_t size;
	uint16_t section; // st_shndx: an index or SHN_*
	uint8_t type; // STT_*
	uint8_t binding; // STB_*
};

struct ElfRelocation {
	uint64_t offset; // in the section that the relocation applies to
	uint32_t type; // R_X86_64_*
	uint32_t symbol; // an index below symbols().size()
	int64_t addend;
};

// The kernel takes no longer names (KSYM_NAME_LEN is 512). In a hostile file a thousand symbols
// may share one name of a gigabyte.
constexpr size_t longest_elf_name = 4095;

// Views that an ElfFile returns live as long as the ElfFile; moving the ElfFile keeps them valid.
class ElfFile {
public:
	// EBADMSG, with path, section and offset in the message, for a file that is not a
	// well-formed relocatable file.
	static Result<ElfFile> parse(const std::string &path, std::vector<std::byte> bytes);

	const std::string &path() const { return path_; }
	std::span<const std::byte> bytes() const { return bytes_; }
	uint16_t machine() const { return machine_; }

	std::span<const ElfSection> sections() const { return sections_; }
	// The first section of this name, or nullptr.
	const ElfSection *section(std::string_view name) const;
	// The section that a symbol is defined in, or nullptr for SHN_UNDEF,
	// SHN_ABS and the like.
	const ElfSection *section_of(const ElfSymbol &symbol) const;

	std::span<const ElfSymbol> symbols() const { return symbols_; }

	// The entries of one SHT_RELA section.
	Result<std::vector<ElfRelocation>> relocations(const ElfSection &rela) const;

	// The NUL-terminated string at offset in a section.
	Result<std::string_view> string_at(const ElfSection &section, uint64_t offset) const;
	// A string that is a name and goes into messages: it has at most longest_elf_name letters,
	// none of them a control character.
	Result<std::string_view> name_at(const ElfSection &section, uint64_t offset) const;

	// "path: .section+0x1c: message" with EBADMSG.
	[[gnu::format(printf, 4, 5)]] std::unexpected<Error>
	corrupt(const ElfSection &section, uint64_t offset, const char *format, ...) const;

private:
	Result<> parse_sections();
	Result<> refuse_overlaps() const;
	Result<> name_sections(const ElfHeaders &headers);
	Result<> parse_symbols();

	std::string path_;
	std::vector<std::byte> bytes_;
	uint16_t machine_ = 0;
	std::vector<ElfSection> sections_;
	std::vector<ElfSymbol> symbols_;
};

// Reads a value at an offset of a span; false where the value would reach past the end.
template <class T> bool read_at(std::span<const std::byte> bytes, uint64_t offset, T *value)
{
	if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
		return false;
	__builtin_memcpy(value, bytes.data() + offset, sizeof(T));
	return true;
}

}
