// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../image/image_exports.hpp"
#include "test_image.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// "name address crc gpl namespace", a line each.
Result<std::string> lines(const std::string &file)
{
	Result<Vmlinux> image = Vmlinux::parse("vmlinuz", to_bytes(file));
	if (!image)
		return std::unexpected(image.error());
	Result<std::vector<ImageExport>> exports = read_image_exports(*image);
	if (!exports)
		return std::unexpected(exports.error());
	std::string text;
	for (const ImageExport &symbol : *exports) {
		char numbers[64];
		snprintf(numbers, sizeof(numbers), " %llx %x",
			 static_cast<unsigned long long>(symbol.address), symbol.crc.value_or(-1));
		text += std::string(symbol.name) + numbers + (symbol.gpl_only ? " gpl" : "") +
			(symbol.namespace_.empty() ? "" : " " + std::string(symbol.namespace_)) +
			"\n";
	}
	return text;
}

template <class T> std::string said_with(const char *section, uint64_t offset, T value)
{
	std::string file = KernelWriter().file();
	put(&file, data_of(file, section) + offset, value);
	return said(lines(file));
}

template <class T> std::string said_with_header(const char *section, T Elf64_Shdr::*field, T value)
{
	return said(lines(with_header(KernelWriter().file(), section, field, value)));
}

}

TEST(image_exports, both_tables_are_read_with_their_checksums)
{
	EXPECT_EQ(lines(KernelWriter().file()).value(), "cpu_info 10 1\n"
							"fn_0 ffffffff81000100 33333333 gpl\n"
							"fn_1 ffffffff81000110 11111111\n"
							"fn_2 ffffffff81000120 22222222 NS\n"
							"jiffies ffffffff82a00000 44444444 gpl\n");
}

TEST(image_exports, one_table_with_flags_is_read)
{
	EXPECT_EQ(lines(KernelWriter(KernelWriter::v7_2).file()).value(),
		  "cpu_info ffffffff83000010 ffffffff\n"
		  "fn_0 ffffffff81000100 ffffffff gpl\n"
		  "fn_1 ffffffff81000110 ffffffff\n"
		  "fn_2 ffffffff81000120 ffffffff NS\n"
		  "jiffies ffffffff82a00000 ffffffff gpl\n");
}

TEST(image_exports, a_namespace_may_have_no_string)
{
	std::string file = KernelWriter().file();
	put(&file, data_of(file, "__ksymtab") + 2 * 12 + 8, int32_t{0});
	EXPECT_NE(lines(file).value().find("fn_2 ffffffff81000120 22222222\n"), std::string::npos);
}

TEST(image_exports, a_kernel_may_export_nothing)
{
	std::string file = KernelWriter().file();
	for (const char *table : {"__ksymtab", "__ksymtab_gpl"})
		file = with_header(file, table, &Elf64_Shdr::sh_name, Elf64_Word{0});
	EXPECT_EQ(lines(file).value(), "");
}

TEST(image_exports, tables_of_another_size_are_EBADMSG)
{
	EXPECT_EQ(said_with_header("__ksymtab", &Elf64_Shdr::sh_size, Elf64_Xword{35}),
		  "EBADMSG: vmlinuz: __ksymtab+0: a size of 0x23 is no multiple of 12");
	EXPECT_EQ(said_with_header("__kcrctab", &Elf64_Shdr::sh_size, Elf64_Xword{8}),
		  "EBADMSG: vmlinuz: __kcrctab+0: 0x8 bytes instead of 4 for each of 3 exports");
	EXPECT_EQ(said(lines(with_header(KernelWriter(KernelWriter::v7_2).file(), "__kflagstab",
					 &Elf64_Shdr::sh_size, Elf64_Xword{4}))),
		  "EBADMSG: vmlinuz: __kflagstab+0: 0x4 bytes instead of 1 for each of 5 exports");
}

TEST(image_exports, a_name_that_is_none_is_EBADMSG)
{
	EXPECT_EQ(said_with("__ksymtab", 4, int32_t{0x7fffffff}),
		  "EBADMSG: vmlinuz: __ksymtab+0x4: its name is at 0x2100003, where none is");
	EXPECT_EQ(
		said_with("__ksymtab_gpl", 20, int32_t{-0x70000000}),
		"EBADMSG: vmlinuz: __ksymtab_gpl+0x14: its name is at 0xffffffff12110014, where none is");
	EXPECT_EQ(
		said_with("__ksymtab_strings", 2, '\n'),
		"EBADMSG: vmlinuz: __ksymtab+0x4: its name is at 0xffffffff82120000, where none is");
	KernelWriter kernel;
	kernel.exports[0].name = std::string(512, 'a');
	EXPECT_EQ(
		said(lines(kernel.file())),
		"EBADMSG: vmlinuz: __ksymtab+0x4: its name is at 0xffffffff82120000, where none is");
}

TEST(image_exports, names_out_of_order_are_EBADMSG)
{
	KernelWriter kernel;
	std::swap(kernel.exports[1], kernel.exports[2]);
	EXPECT_EQ(said(lines(kernel.file())),
		  "EBADMSG: vmlinuz: __ksymtab+0x18: 'fn_1' behind 'fn_2': not in order");
	kernel.exports[1] = kernel.exports[2];
	EXPECT_EQ(said(lines(kernel.file())),
		  "EBADMSG: vmlinuz: __ksymtab+0x18: 'fn_1' behind 'fn_1': not in order");
}

TEST(image_exports, a_name_in_both_tables_is_EBADMSG)
{
	KernelWriter kernel;
	kernel.gpl_exports[0].name = "fn_1";
	EXPECT_EQ(said(lines(kernel.file())),
		  "EBADMSG: vmlinuz: __ksymtab_gpl+0: exports 'fn_1' as __ksymtab does");
}
