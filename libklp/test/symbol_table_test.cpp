// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../symbol_table.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

TEST(symbol_table, kallsyms_lines_are_read_in_order)
{
	Result<SymbolTable> table =
		SymbolTable::parse_kallsyms("ffffffff81000000 T _text\n"
					    "ffffffff81000010 t f\n"
					    "ffffffff81000020 d f\n"
					    "ffffffffc0000000 t f\t[ext4]\n"
					    "ffffffffc0001000 t bpf_prog_1\t[bpf]\n");
	ASSERT_EQ(said(table), "no error");
	std::vector<SymbolTable::Entry> found = table->find("vmlinux", "f");
	ASSERT_EQ(found.size(), 2u);
	EXPECT_EQ(found[0].address, 0xffffffff81000010);
	EXPECT_EQ(found[1].address, 0xffffffff81000020);
	EXPECT_EQ(table->find("f").size(), 3u);
	ASSERT_EQ(table->find("ext4", "f").size(), 1u);
	EXPECT_EQ(table->find("ext4", "f")[0].module, "ext4");
	EXPECT_TRUE(table->find("ext4", "_text").empty());
	EXPECT_TRUE(table->find("f.cold").empty());
}

TEST(symbol_table, hidden_addresses_are_zero)
{
	EXPECT_EQ(
		SymbolTable::parse_kallsyms("0000000000000000 T _text\n")->find("_text")[0].address,
		0u);
}

TEST(symbol_table, an_empty_table_has_nothing)
{
	Result<SymbolTable> table = SymbolTable::parse_kallsyms("");
	EXPECT_TRUE(table->find("f").empty());
}

TEST(symbol_table, moving_a_table_keeps_its_names)
{
	Result<SymbolTable> table = SymbolTable::parse_kallsyms("ffffffff81000000 T f");
	SymbolTable moved = std::move(*table);
	EXPECT_EQ(moved.find("f")[0].name, "f");
}

TEST(symbol_table, a_line_of_another_form_is_EBADMSG)
{
	for (const char *line :
	     {"", "T f", "81000000 T f", "ffffffff81000000", "ffffffff81000000 T",
	      "ffffffff81000000 T ", "ffffffff81000000 Tf", "ffffffff810000000 T f"})
		EXPECT_EQ(said(SymbolTable::parse_kallsyms(std::string("ffffffff81000000 T ok\n") +
							   line + "\nffffffff81000000 T f")),
			  std::string("EBADMSG: kallsyms: line 2: cannot read '") + line + "'");
}

TEST(symbol_table, every_name_is_found_again)
{
	std::string text;
	for (int i = 0; i < 5000; i++)
		text += "ffffffff81000000 t function_" + std::to_string(i) + "\n";
	Result<SymbolTable> table = SymbolTable::parse_kallsyms(text);
	for (int i = 0; i < 5000; i++)
		ASSERT_EQ(table->find("vmlinux", "function_" + std::to_string(i)).size(), 1u);
}

TEST(symbol_table, ftrace_functions_are_read_without_addresses)
{
	Result<SymbolTable> table = SymbolTable::parse_ftrace_functions("f\ng [ext4]\ng\n", false);
	EXPECT_EQ(table->find("vmlinux", "f")[0].address, 0u);
	EXPECT_EQ(table->find("ext4", "g").size(), 1u);
	EXPECT_EQ(table->find("vmlinux", "g").size(), 1u);
}

TEST(symbol_table, ftrace_functions_are_read_with_addresses)
{
	Result<SymbolTable> table = SymbolTable::parse_ftrace_functions(
		"ffffffff81000004 f\nffffffffc0000004 g [ext4]\n", true);
	EXPECT_EQ(table->find("vmlinux", "f")[0].address, 0xffffffff81000004);
	EXPECT_EQ(table->find("ext4", "g")[0].address, 0xffffffffc0000004);
	EXPECT_EQ(said(SymbolTable::parse_ftrace_functions("f\n", true)),
		  "EBADMSG: available_filter_functions: line 1: cannot read 'f'");
}

TEST(symbol_table, all_names_of_an_address_are_told)
{
	Result<SymbolTable> table =
		SymbolTable::parse_kallsyms("ffffffff81000000 T __x64_sys_getpid\n"
					    "ffffffff81000000 T __do_sys_getpid\n"
					    "ffffffff81000010 T f\n"
					    "0000000000000000 T hidden\n"
					    "0000000000000000 T too\n");
	EXPECT_EQ(table->names_at(0xffffffff81000000),
		  (std::vector<std::string_view>{"__x64_sys_getpid", "__do_sys_getpid"}));
	EXPECT_TRUE(table->names_at(0).empty());
}

TEST(symbol_table, names_of_one_address_come_in_the_order_of_the_file)
{
	Result<SymbolTable> table = SymbolTable::parse_kallsyms("ffffffff81000020 T z\n"
								"ffffffff81000010 t f\n"
								"ffffffff81000020 T b\n"
								"0000000000000000 A hidden\n"
								"ffffffff81000020 t m\t[ext4]\n");
	using Names = std::vector<std::string_view>;
	EXPECT_EQ(table->names_at(0xffffffff81000020), (Names{"z", "b", "m"}));
	EXPECT_EQ(table->names_at(0xffffffff81000010), Names{"f"});
	EXPECT_TRUE(table->names_at(0xffffffff81000011).empty());
	EXPECT_TRUE(table->names_at(0).empty());
}
