// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../image/vmlinux.hpp"
#include "test_image.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

Result<Vmlinux> parse(const std::string &file)
{
	return Vmlinux::parse("vmlinux", to_bytes(file));
}

template <class T> std::string said_with(size_t offset, T value)
{
	std::string file = KernelWriter().file();
	put(&file, offset, value);
	return said(parse(file));
}

template <class T> std::string said_with_header(const char *section, T Elf64_Shdr::*field, T value)
{
	return said(parse(with_header(KernelWriter().file(), section, field, value)));
}

std::string text_of(std::span<const std::byte> bytes)
{
	return std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

}

TEST(vmlinux, sections_have_names_and_addresses)
{
	Result<Vmlinux> image = parse(KernelWriter().file());
	ASSERT_EQ(said(image), "no error");
	const ImageSection *text = image->section(".text");
	ASSERT_NE(text, nullptr);
	EXPECT_EQ(text->address, text_start);
	EXPECT_EQ(text->size, 0x3000u);
	EXPECT_EQ(text->flags, uint64_t{SHF_ALLOC | SHF_EXECINSTR});
	EXPECT_EQ(text->type, uint32_t{SHT_PROGBITS});
	EXPECT_EQ(text->data.size(), 0x3000u);
	EXPECT_EQ(image->section(".bss")->size, 0x1000u);
	EXPECT_TRUE(image->section(".bss")->data.empty());
	EXPECT_EQ(image->section(".none"), nullptr);
}

TEST(vmlinux, a_section_is_found_by_each_of_its_addresses)
{
	Result<Vmlinux> image = parse(KernelWriter().file());
	const ImageSection *text = image->section(".text");
	EXPECT_EQ(image->section_at(text_start), text);
	EXPECT_EQ(image->section_at(text_start + 0x2fff), text);
	EXPECT_EQ(image->section_at(text_start + 0x3000), nullptr);
	EXPECT_EQ(image->section_at(text_start - 1), nullptr);
	EXPECT_EQ(image->section_at(bss_start + 5), image->section(".bss"));
	// .shstrtab has no address, which is not 0.
	EXPECT_EQ(image->section_at(0), image->section(".data..percpu"));
	Result<Vmlinux> newer = parse(KernelWriter(KernelWriter::v7_2).file());
	EXPECT_EQ(newer->section_at(0), nullptr);
}

TEST(vmlinux, bytes_are_those_of_one_section)
{
	Result<Vmlinux> image = parse(KernelWriter().file());
	EXPECT_EQ(text_of(image->bytes(data_start, 4)), "data");
	EXPECT_EQ(text_of(image->bytes(rodata_start + 6, 7)), "version");
	EXPECT_EQ(image->bytes(text_start, 0x3000).size(), 0x3000u);
	EXPECT_TRUE(image->bytes(text_start, 0x3001).empty());
	EXPECT_TRUE(image->bytes(text_start + 0x2fff, 2).empty());
	EXPECT_TRUE(image->bytes(text_start + 0x3000, 1).empty());
	EXPECT_TRUE(image->bytes(text_start, SIZE_MAX).empty());
	EXPECT_TRUE(image->bytes(bss_start, 1).empty());
}

TEST(vmlinux, a_string_ends_in_its_section_and_below_the_limit)
{
	Result<Vmlinux> image = parse(KernelWriter().file());
	EXPECT_EQ(image->string(data_start, 100), "data");
	EXPECT_EQ(image->string(data_start, 5), "data");
	EXPECT_EQ(image->string(data_start, 4), std::nullopt);
	EXPECT_EQ(image->string(data_start + 4, 100), "");
	EXPECT_EQ(image->string(text_start, 0x10000), std::nullopt);
	EXPECT_EQ(image->string(bss_start, 100), std::nullopt);
	EXPECT_EQ(image->string(1, 0), std::nullopt);
}

TEST(vmlinux, the_image_spans_its_gaps_and_its_end)
{
	Result<Vmlinux> image = parse(KernelWriter().file());
	EXPECT_TRUE(image->spans(text_start));
	EXPECT_TRUE(image->spans(data_start - 1));
	EXPECT_TRUE(image->spans(bss_start + 0x1000));
	EXPECT_FALSE(image->spans(bss_start + 0x1001));
	EXPECT_FALSE(image->spans(text_start - 1));
	EXPECT_TRUE(image->spans(0));
	EXPECT_TRUE(image->spans(0x40));
	EXPECT_FALSE(image->spans(0x41));
}

TEST(vmlinux, moving_it_keeps_its_views)
{
	Result<Vmlinux> image = parse(KernelWriter().file());
	const ImageSection *text = image->section(".text");
	Vmlinux moved = std::move(*image);
	EXPECT_EQ(moved.section(".text"), text);
	EXPECT_EQ(text->name, ".text");
	EXPECT_EQ(text->data[0], std::byte{0x90});
}

TEST(vmlinux, what_is_no_kernel_of_x86_64_is_EBADMSG)
{
	EXPECT_EQ(said(parse("")),
		  "EBADMSG: vmlinux: +0: 0 bytes are too few for an ELF header of 64");
	EXPECT_EQ(
		said(parse(std::string(64, '#'))),
		"EBADMSG: vmlinux: +0: neither a bzImage nor an ELF file: it begins with 23 23 23 23");
	EXPECT_EQ(said_with(EI_CLASS, char{ELFCLASS32}),
		  "EBADMSG: vmlinux: +0x4: class 1, data 1: not 64-bit little-endian");
	EXPECT_EQ(said_with(offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_REL}),
		  "EBADMSG: vmlinux: +0x10: type 1 is no executable (2 or 3)");
	EXPECT_EQ(said_with(offsetof(Elf64_Ehdr, e_machine), Elf64_Half{EM_AARCH64}),
		  "EBADMSG: vmlinux: +0x12: machine 183 is not x86-64 (62)");
	EXPECT_EQ(said_with(offsetof(Elf64_Ehdr, e_shentsize), Elf64_Half{40}),
		  "EBADMSG: vmlinux: +0x3a: section headers of 40 bytes instead of 64");
}

TEST(vmlinux, section_headers_outside_the_file_are_EBADMSG)
{
	std::string file = KernelWriter().file();
	ASSERT_EQ(file.size(), 20008u);
	EXPECT_EQ(
		said_with(offsetof(Elf64_Ehdr, e_shoff), Elf64_Off(-64)),
		"EBADMSG: vmlinux: +0x28: 15 section headers at 0xffffffffffffffc0 do not fit a file of 20008 bytes");
	EXPECT_EQ(
		said_with(offsetof(Elf64_Ehdr, e_shoff), Elf64_Off{20008 - 15 * 64 + 1}),
		"EBADMSG: vmlinux: +0x28: 15 section headers at 0x4a69 do not fit a file of 20008 bytes");
	EXPECT_EQ(
		said_with(offsetof(Elf64_Ehdr, e_shnum), Elf64_Half{0}),
		"EBADMSG: vmlinux: +0x28: 0 section headers at 0x4a68 do not fit a file of 20008 bytes");
}

TEST(vmlinux, a_section_past_the_end_is_EBADMSG)
{
	EXPECT_EQ(
		said_with_header(".text", &Elf64_Shdr::sh_size, Elf64_Xword{0x8000}),
		"EBADMSG: vmlinux: section header 6 at +0x4be8: 0x8000 bytes at 0xc0 reach past the end of the file (0x4e28)");
	EXPECT_EQ(
		said_with_header(".text", &Elf64_Shdr::sh_offset, Elf64_Off(-8)),
		"EBADMSG: vmlinux: section header 6 at +0x4be8: 0x3000 bytes at 0xfffffffffffffff8 reach past the end of the file (0x4e28)");
	EXPECT_EQ(
		said_with_header(".text", &Elf64_Shdr::sh_addr, Elf64_Addr(-0x2fff)),
		"EBADMSG: vmlinux: section header 6 at +0x4be8: 0x3000 bytes at address 0xffffffffffffd001 wrap around");
}

TEST(vmlinux, sections_that_overlap_are_EBADMSG)
{
	EXPECT_EQ(
		said_with_header(".text", &Elf64_Shdr::sh_addr, Elf64_Addr{data_start + 0x3f}),
		"EBADMSG: vmlinux: .text+0: its address 0xffffffff82a0003f lies in .data, which ends at 0xffffffff82a00040");
	EXPECT_EQ(
		said_with_header(".bss", &Elf64_Shdr::sh_addr, Elf64_Addr{text_start}),
		"EBADMSG: vmlinux: .bss+0: its address 0xffffffff81000000 lies in .text, which ends at 0xffffffff81003000");
	EXPECT_EQ(said_with_header(".data", &Elf64_Shdr::sh_addr, Elf64_Addr{text_start + 0x3000}),
		  "no error");
}

TEST(vmlinux, section_names_that_are_none_are_EBADMSG)
{
	EXPECT_EQ(said_with(offsetof(Elf64_Ehdr, e_shstrndx), Elf64_Half{15}),
		  "EBADMSG: vmlinux: +0x3e: section 15 is not a table of section names");
	EXPECT_EQ(said_with(offsetof(Elf64_Ehdr, e_shstrndx), Elf64_Half{1}),
		  "EBADMSG: vmlinux: +0x3e: section 1 is not a table of section names");
	EXPECT_EQ(
		said_with_header(".text", &Elf64_Shdr::sh_name, Elf64_Word{0x10000}),
		"EBADMSG: vmlinux: section header 6 at +0x4be8: its sh_name 0x10000 is not a name in a table of 0x8b bytes");
	EXPECT_EQ(
		said_with_header(".shstrtab", &Elf64_Shdr::sh_size, Elf64_Xword{20}),
		"EBADMSG: vmlinux: section header 2 at +0x4ae8: its sh_name 0xf is not a name in a table of 0x14 bytes");
	std::string file = KernelWriter().file();
	put(&file, data_of(file, ".shstrtab") + 3, '\033');
	EXPECT_EQ(
		said(parse(file)),
		"EBADMSG: vmlinux: section header 1 at +0x4aa8: its sh_name 0x1 is not a name in a table of 0x8b bytes");
}
