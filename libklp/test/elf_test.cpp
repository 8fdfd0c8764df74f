// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_elf.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// .text at 0x40 with 16 bytes, .data with one pointer to it, .bss; the symbol "entry".
ElfWriter small()
{
	ElfWriter elf;
	uint32_t text = elf.add({.name = ".text",
				 .flags = SHF_ALLOC | SHF_EXECINSTR,
				 .data = std::string(16, '\x90')});
	uint32_t data = elf.add(
		{.name = ".data", .flags = SHF_ALLOC | SHF_WRITE, .data = std::string(24, '\0')});
	elf.add({.name = ".bss", .type = SHT_NOBITS, .nobits_size = uint64_t{1} << 40});
	uint32_t entry = elf.symbol("entry", text, 4, STT_FUNC);
	elf.relocate(data, 8, entry, -4);
	return elf;
}

Result<ElfFile> parse(const std::string &file)
{
	return ElfFile::parse("x.ko", to_bytes(file));
}

template <class T> std::string with(uint64_t offset, T value)
{
	std::string file = small().file();
	put(&file, offset, value);
	return file;
}

Result<std::vector<ElfRelocation>> relocations(const std::string &file)
{
	Result<ElfFile> elf = parse(file);
	if (!elf)
		return std::unexpected(elf.error());
	return elf->relocations(*elf->section(".rela.data"));
}

}

TEST(elf, sections_symbols_and_relocations_are_read)
{
	Result<ElfFile> elf = parse(small().file());
	ASSERT_EQ(said(elf), "no error");
	EXPECT_EQ(elf->machine(), EM_X86_64);
	EXPECT_EQ(elf->sections().size(), 8u);
	EXPECT_EQ(elf->section(".text")->data.size(), 16u);
	EXPECT_EQ(elf->section(".text")->flags, uint64_t{SHF_ALLOC | SHF_EXECINSTR});
	EXPECT_EQ(elf->section(".none"), nullptr);
	ASSERT_EQ(elf->symbols().size(), 2u);
	const ElfSymbol &entry = elf->symbols()[1];
	EXPECT_EQ(entry.name, "entry");
	EXPECT_EQ(entry.value, 4u);
	EXPECT_EQ(entry.type, STT_FUNC);
	EXPECT_EQ(elf->section_of(entry), elf->section(".text"));
	EXPECT_EQ(elf->section_of(elf->symbols()[0]), nullptr);
	auto relocations = elf->relocations(*elf->section(".rela.data"));
	ASSERT_EQ(relocations->size(), 1u);
	EXPECT_EQ(relocations->at(0).offset, 8u);
	EXPECT_EQ(relocations->at(0).addend, -4);
	EXPECT_EQ(relocations->at(0).symbol, 1u);
	EXPECT_EQ(relocations->at(0).type, uint32_t{R_X86_64_64});
}

TEST(elf, moving_a_file_keeps_its_views)
{
	Result<ElfFile> elf = parse(small().file());
	std::string_view name = elf->symbols()[1].name;
	ElfFile moved = std::move(*elf);
	EXPECT_EQ(name, "entry");
	EXPECT_EQ(moved.section(".text")->name, ".text");
}

TEST(elf, a_section_without_bytes_may_have_any_size)
{
	Result<ElfFile> elf = parse(small().file());
	EXPECT_EQ(elf->section(".bss")->size, uint64_t{1} << 40);
	EXPECT_TRUE(elf->section(".bss")->data.empty());
}

TEST(elf, a_file_shorter_than_its_header_is_EBADMSG)
{
	EXPECT_EQ(said(parse("")),
		  "EBADMSG: x.ko: +0: 0 bytes are too few for an ELF header of 64");
	EXPECT_EQ(said(parse(small().file().substr(0, 63))),
		  "EBADMSG: x.ko: +0: 63 bytes are too few for an ELF header of 64");
}

TEST(elf, a_file_of_another_kind_is_EBADMSG)
{
	EXPECT_EQ(said(parse("#!/bin/sh\n" + std::string(64, '#'))),
		  "EBADMSG: x.ko: +0: not an ELF file: it begins with 23 21 2f 62");
	EXPECT_EQ(said(parse(with(EI_CLASS, char{ELFCLASS32}))),
		  "EBADMSG: x.ko: +0x4: class 1, data 1: not 64-bit little-endian");
	EXPECT_EQ(said(parse(with(EI_DATA, char{ELFDATA2MSB}))),
		  "EBADMSG: x.ko: +0x4: class 2, data 2: not 64-bit little-endian");
	EXPECT_EQ(said(parse(with(offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_DYN}))),
		  "EBADMSG: x.ko: +0x10: type 3 is not a relocatable file (1)");
}

TEST(elf, section_headers_outside_the_file_are_EBADMSG)
{
	EXPECT_EQ(said(parse(with(offsetof(Elf64_Ehdr, e_shentsize), Elf64_Half{40}))),
		  "EBADMSG: x.ko: +0x3a: section headers of 40 bytes instead of 64");
	EXPECT_EQ(said(parse(with(offsetof(Elf64_Ehdr, e_shnum), Elf64_Half{0}))),
		  "EBADMSG: x.ko: +0x28: 0 section headers at 0xf0 do not fit a file of 752 bytes");
	EXPECT_EQ(said(parse(with(offsetof(Elf64_Ehdr, e_shnum), Elf64_Half{9}))),
		  "EBADMSG: x.ko: +0x28: 9 section headers at 0xf0 do not fit a file of 752 bytes");
	EXPECT_EQ(
		said(parse(with(offsetof(Elf64_Ehdr, e_shoff), Elf64_Off(-64)))),
		"EBADMSG: x.ko: +0x28: 8 section headers at 0xffffffffffffffc0 do not fit a file of 752 bytes");
}

TEST(elf, a_section_past_the_end_is_EBADMSG)
{
	EXPECT_EQ(
		said(parse(with_header(small().file(), ".text", &Elf64_Shdr::sh_size,
				       Elf64_Xword{800}))),
		"EBADMSG: x.ko: section header 1 at +0x130: 0x320 bytes at 0x40 reach past the end of the file (0x2f0)");
}

TEST(elf, a_section_that_wraps_around_is_EBADMSG)
{
	EXPECT_EQ(
		said(parse(with_header(small().file(), ".text", &Elf64_Shdr::sh_offset,
				       Elf64_Off(-8)))),
		"EBADMSG: x.ko: section header 1 at +0x130: 0x10 bytes at 0xfffffffffffffff8 reach past the end of the file (0x2f0)");
}

TEST(elf, section_names_in_no_string_table_are_EBADMSG)
{
	EXPECT_EQ(said(parse(with(offsetof(Elf64_Ehdr, e_shstrndx), Elf64_Half{8}))),
		  "EBADMSG: x.ko: +0x3e: section 8 is not a table of section names");
	EXPECT_EQ(said(parse(with(offsetof(Elf64_Ehdr, e_shstrndx), Elf64_Half{1}))),
		  "EBADMSG: x.ko: +0x3e: section 1 is not a table of section names");
}

TEST(elf, a_section_name_beyond_its_table_is_EBADMSG)
{
	EXPECT_EQ(said(parse(with_header(small().file(), ".text", &Elf64_Shdr::sh_name,
					 Elf64_Word{0x7000}))),
		  "EBADMSG: x.ko: .shstrtab+0x7000: a string beyond its 55 bytes");
}

TEST(elf, a_section_name_without_end_is_EBADMSG)
{
	EXPECT_EQ(said(parse(with_header(small().file(), ".shstrtab", &Elf64_Shdr::sh_size,
					 Elf64_Xword{53}))),
		  "EBADMSG: x.ko: .shstrtab+0x2d: a string without end");
}

TEST(elf, a_stripped_file_is_EBADMSG)
{
	ElfWriter elf = small();
	elf.with_symbols = false;
	EXPECT_EQ(said(parse(elf.file())),
		  "EBADMSG: x.ko: no .symtab: stripped, or not a kernel module");
}

TEST(elf, a_second_symbol_table_is_EBADMSG)
{
	EXPECT_EQ(said(parse(with_header(small().file(), ".data", &Elf64_Shdr::sh_type,
					 Elf64_Word{SHT_SYMTAB}))),
		  "EBADMSG: x.ko: .symtab+0: a second symbol table beside '.data'");
}

TEST(elf, a_symbol_table_linked_to_no_strings_is_EBADMSG)
{
	for (Elf64_Word link : {Elf64_Word{1}, Elf64_Word{8}, Elf64_Word(-1)})
		EXPECT_EQ(said(parse(with_header(small().file(), ".symtab", &Elf64_Shdr::sh_link,
						 link))),
			  "EBADMSG: x.ko: .symtab+0: its sh_link " + std::to_string(link) +
				  " is not a string table");
}

TEST(elf, a_symbol_table_of_odd_size_is_EBADMSG)
{
	EXPECT_EQ(said(parse(with_header(small().file(), ".symtab", &Elf64_Shdr::sh_size,
					 Elf64_Xword{47}))),
		  "EBADMSG: x.ko: .symtab+0: a size of 0x2f is no multiple of 24");
}

TEST(elf, a_symbol_in_a_section_that_is_not_there_is_EBADMSG)
{
	std::string file = small().file();
	put(&file, data_of(file, ".symtab") + 24 + offsetof(Elf64_Sym, st_shndx), Elf64_Half{8});
	EXPECT_EQ(said(parse(file)), "EBADMSG: x.ko: .symtab+0x18: symbol 1 is in section 8 of 8");
}

TEST(elf, a_symbol_name_without_end_is_EBADMSG)
{
	EXPECT_EQ(said(parse(with_header(small().file(), ".strtab", &Elf64_Shdr::sh_size,
					 Elf64_Xword{6}))),
		  "EBADMSG: x.ko: .strtab+0x1: a string without end");
}

TEST(elf, a_symbol_name_is_bounded)
{
	ElfWriter elf = small();
	elf.symbol(std::string(longest_elf_name, 'n'), SHN_UNDEF);
	EXPECT_EQ(said(parse(elf.file())), "no error");
	elf.symbol(std::string(longest_elf_name + 1, 'n'), SHN_UNDEF);
	EXPECT_EQ(said(parse(elf.file())),
		  "EBADMSG: x.ko: .strtab+0x1007: a name of more than 4095 letters");
}

TEST(elf, a_symbol_name_with_a_control_character_is_EBADMSG)
{
	ElfWriter elf = small();
	elf.symbol("\033[2J", SHN_UNDEF);
	EXPECT_EQ(said(parse(elf.file())),
		  "EBADMSG: x.ko: .strtab+0x7: a name with a control character");
}

TEST(elf, relocations_of_another_form_are_EBADMSG)
{
	EXPECT_EQ(said(relocations(with_header(small().file(), ".rela.data", &Elf64_Shdr::sh_size,
					       Elf64_Xword{23}))),
		  "EBADMSG: x.ko: .rela.data+0: not a table of relocations: type 4, size 0x17");
	EXPECT_EQ(said(relocations(with_header(small().file(), ".rela.data", &Elf64_Shdr::sh_type,
					       Elf64_Word{SHT_REL}))),
		  "EBADMSG: x.ko: .rela.data+0: not a table of relocations: type 9, size 0x18");
}

TEST(elf, relocations_for_a_section_that_is_not_there_are_EBADMSG)
{
	EXPECT_EQ(said(relocations(with_header(small().file(), ".rela.data", &Elf64_Shdr::sh_info,
					       Elf64_Word{8}))),
		  "EBADMSG: x.ko: .rela.data+0: applies to section 8 of 8");
}

TEST(elf, a_relocation_against_a_symbol_that_is_not_there_is_EBADMSG)
{
	std::string file = small().file();
	put(&file, data_of(file, ".rela.data") + offsetof(Elf64_Rela, r_info),
	    Elf64_Xword{ELF64_R_INFO(2ull, R_X86_64_64)});
	EXPECT_EQ(said(relocations(file)), "EBADMSG: x.ko: .rela.data+0: refers to symbol 2 of 2");
}

TEST(elf, a_relocation_outside_its_section_is_EBADMSG)
{
	std::string file = small().file();
	put(&file, data_of(file, ".rela.data"), Elf64_Addr{24});
	EXPECT_EQ(said(relocations(file)),
		  "EBADMSG: x.ko: .rela.data+0: applies at 0x18 of a section of 0x18 bytes");
}

TEST(elf, sections_that_are_together_larger_than_the_file_are_EBADMSG)
{
	std::string file = small().file();
	uint64_t size = file.size();
	// Each section lies within the file, and each is nearly as large as the file.
	for (const char *section : {".text", ".data"}) {
		file = with_header<Elf64_Off>(file, section, &Elf64_Shdr::sh_offset, 0);
		file = with_header<Elf64_Xword>(file, section, &Elf64_Shdr::sh_size, size - 1);
	}
	Result<ElfFile> elf = parse(file);
	ASSERT_FALSE(elf);
	EXPECT_EQ(elf.error().code, EBADMSG);
	EXPECT_NE(elf.error().message.find("x.ko: +0x28: its 8 sections have "), std::string::npos)
		<< elf.error().message;
	EXPECT_TRUE(elf.error().message.ends_with("some overlap")) << elf.error().message;
}

TEST(elf, names_that_are_together_longer_than_the_file_are_EBADMSG)
{
	ElfWriter elf;
	uint32_t text = elf.add({.name = ".text", .flags = SHF_ALLOC | SHF_EXECINSTR});
	elf.symbol(std::string(4000, 'x'), text);
	for (int i = 0; i < 100; i++)
		elf.symbol("y", text);
	std::string file = elf.file();
	EXPECT_EQ(said(parse(file)), "no error");
	// All symbols get the name of the long one, which is first in the table.
	uint64_t symbols = data_of(file, ".symtab");
	for (uint64_t i = 2; i < 102; i++)
		put(&file, symbols + i * sizeof(Elf64_Sym), uint32_t{1});
	EXPECT_EQ(said(parse(file)), "EBADMSG: x.ko: .symtab+0x30: names of more than the file's " +
					     std::to_string(file.size()) + " bytes up to symbol 2");
}
