// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests the tables beside the code, and files that are no object file of a kernel.
#include "../libklp/test/test_said.hpp"
#include "object.hpp"
#include "test_objects.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// An entry in each table about the instruction behind it, as the kernel's macros write
// them. "code" stands for that instruction's label.
constexpr struct {
	const char *section, *flags, *entry;
	size_t size, references;
} entries[] = {
	{".altinstructions", "a", ".long code-.\n.long 1f-.\n.word 9\n.byte 1,2", 12, 2},
	{".smp_locks", "a", ".long code-.", 4, 1},
	{".parainstructions", "a", ".balign 8\n.quad code\n.byte 7,5\n.balign 8", 16, 1},
	{".orc_unwind_ip", "a", ".long code-.", 4, 1},
	{".retpoline_sites", "a", ".long code-.", 4, 1},
	{".return_sites", "a", ".long code-.", 4, 1},
	{".call_sites", "a", ".long code-.", 4, 1},
	{".ibt_endbr_seal", "a", ".long code-.", 4, 1},
	{".static_call_sites", "aw", ".long code-.\n.long a_call-.", 8, 2},
	{"__bug_table", "aw", ".long code-.\n.long .Lfile-.\n.word 42,1", 12, 2},
	{"__ex_table", "a", ".long code-.\n.long code+1-.\n.long 3", 12, 2},
	{"__jump_table", "aw", ".long code-.\n.long code+1-.\n.quad a_key-.", 16, 3},
	{"__mcount_loc", "a", ".quad code", 8, 1},
};

std::string with_label(std::string text, const std::string &label)
{
	for (size_t at; (at = text.find("code")) != std::string::npos;)
		text.replace(at, 4, label);
	return text;
}

std::string entry(const std::string &section, const std::string &flags, const std::string &text)
{
	return aside(section + ",\"" + flags + "\"", text);
}

std::string refused(const std::string &source)
{
	return said(parse_object(assembled_file(source)));
}

// A function with one instruction, .Lf, and entries about it.
std::string refused_entry(const std::string &section, const std::string &text)
{
	return refused(function("f", ".Lf: nop\nret") + entry(section, "a", text));
}

}

TEST(object, each_tables_entries_go_to_the_function_that_they_are_about)
{
	for (const auto &table : entries) {
		auto with_entry = [&](const std::string &name) {
			std::string label = ".L" + name;
			return function(name, "nop\n" + label + ": nop\nret") +
			       entry(table.section, table.flags, with_label(table.entry, label)) +
			       entry(".altinstr_replacement", "ax", "1: ud2");
		};
		Object object = assemble(with_entry("f") + with_entry("g") +
					 ".section .rodata.str1.1,\"aMS\",@progbits,1\n"
					 ".Lfile: .string \"unit.c\"\n");
		for (const char *name : {"f", "g"}) {
			const std::vector<TableEntry> &found = piece_of(object, name).tables;
			ASSERT_EQ(found.size(), 1u) << table.section;
			EXPECT_EQ(found[0].section, table.section);
			EXPECT_EQ(found[0].bytes.size(), table.size) << table.section;
			ASSERT_EQ(found[0].references.size(), table.references) << table.section;
			EXPECT_EQ(described(object, found[0].references[0]),
				  "'" + std::string(name) + "'+1");
		}
	}
}

TEST(object, an_entry_has_its_own_bytes_and_references)
{
	Object object =
		assemble(function("f", ".Lf: nop\n.Lg: ret") +
			 entry("__jump_table", "aw", ".long .Lf-.\n.long .Lg-.\n.quad a_key+2-.") +
			 entry("__bug_table", "aw",
			       ".long .Lf-.\n.long 7\n.long .Lg-.\n.word 42,1\n"
			       ".long .Lg-.\n.long 8\n.long .Lf-.\n.word 43,1"));
	const std::vector<TableEntry> &tables = piece_of(object, "f").tables;
	ASSERT_EQ(tables.size(), 3u);
	EXPECT_EQ(described(object, tables[0].references[1]), "'f'+1");
	EXPECT_EQ(described(object, tables[0].references[2]), "'a_key'+2");
	EXPECT_EQ(tables[0].references[2].offset, 8u);
	EXPECT_EQ(tables[0].references[2].type, static_cast<uint32_t>(R_X86_64_PC64));
	for (size_t i : {1, 2}) {
		EXPECT_EQ(tables[i].references[0].offset, 0u);
		EXPECT_EQ(tables[i].references[1].offset, 8u);
		EXPECT_EQ(tables[i].bytes[4], std::byte(6 + i));
		EXPECT_EQ(tables[i].bytes[12], std::byte(41 + i));
	}
	EXPECT_EQ(described(object, tables[2].references[0]), "'f'+1");
	EXPECT_EQ(described(object, tables[2].references[1]), "'f'");
}

TEST(object, entries_stay_in_the_order_of_the_file)
{
	Object object = assemble(function("f", ".Lf: nop\n.Lg: ret") +
				 entry(".smp_locks", "a", ".long .Lg-.\n.long .Lf-.\n"));
	const std::vector<TableEntry> &tables = piece_of(object, "f").tables;
	ASSERT_EQ(tables.size(), 2u);
	EXPECT_EQ(described(object, tables[0].references[0]), "'f'+1");
	EXPECT_EQ(described(object, tables[1].references[0]), "'f'");
}

TEST(object, an_entry_of_orc_has_its_companion)
{
	Object object = assemble(function("f", ".Lf: nop\nret") + function("g", ".Lg: ret") +
				 entry(".orc_unwind_ip", "a", ".long .Lf-.\n.long .Lg-.") +
				 entry(".orc_unwind", "a", ".byte 1,1,1,1,1,1,2,2,2,2,2,2"));
	EXPECT_EQ(piece_of(object, "f").tables[0].companion,
		  std::vector<std::byte>(6, std::byte{1}));
	EXPECT_EQ(piece_of(object, "g").tables[0].companion,
		  std::vector<std::byte>(6, std::byte{2}));
	EXPECT_EQ(object.find(".orc_unwind"), no_piece);
}

TEST(object, code_of_alternatives_is_a_piece_for_each_entry)
{
	Object object =
		assemble(function("f", ".Lf: nop\nret") +
			 entry(".altinstr_replacement", "ax", ".L1: call get\n.L2: ud2\nud2") +
			 entry(".altinstructions", "a",
			       ".long .Lf-.\n.long .L1-.\n.word 1\n.byte 1,5\n"
			       ".long .Lf-.\n.long .L2-.\n.word 2\n.byte 1,4"));
	const std::vector<TableEntry> &tables = piece_of(object, "f").tables;
	ASSERT_EQ(tables.size(), 2u);
	const Piece &first = object.piece(tables[0].references[1].target.piece);
	const Piece &second = object.piece(tables[1].references[1].target.piece);
	EXPECT_EQ(first.kind, Piece::Kind::code);
	EXPECT_EQ(first.size, 5u);
	ASSERT_EQ(first.references.size(), 1u);
	EXPECT_EQ(described(object, first.references[0]), "'get'");
	EXPECT_EQ(second.size, 4u);
	EXPECT_TRUE(second.references.empty());
}

// The code next to an empty replacement is another's.
TEST(object, an_empty_replacement_is_no_piece)
{
	auto alternatives = [](const std::string &replacement) {
		return assemble(function("f", ".Lf: nop\nret") + function("g", ".Lg: nop\nret") +
				entry(".altinstr_replacement", "ax",
				      ".L1:\n.L2: " + replacement + "\n.L3:") +
				entry(".altinstructions", "a",
				      ".long .Lf-.\n.long .L1-.\n.long 1\n.byte 1,0\n"
				      ".long .Lg-.\n.long .L2-.\n.long 2\n.byte 1,.L3-.L2"));
	};
	Object before = alternatives("call get"), after = alternatives("call put");
	const TableEntry &empty = piece_of(before, "f").tables[0];
	EXPECT_EQ(described(before, empty.references[1]), "'f'");
	Difference difference(before, after);
	ASSERT_EQ(difference.functions().size(), 1u);
	EXPECT_EQ(before.piece(difference.functions()[0].before).name, "g");
}

TEST(object, a_replacement_has_the_length_that_its_entry_says)
{
	auto alternative = [](const char *first, const char *second) {
		return said(parse_object(assembled_file(
			function("f", ".Lf: nop\nret") +
			entry(".altinstr_replacement", "ax", ".L1: nop\n.L2: nop\nnop\n") +
			entry(".altinstructions", "a",
			      ".long .Lf-.\n.long .L1-.\n.long 1\n.byte 1," + std::string(first) +
				      "\n.long .Lf-.\n.long .L2-.\n.long 2\n.byte 1," + second))));
	};
	EXPECT_EQ(alternative("1", "2"), "no error");
	EXPECT_EQ(alternative("2", "1"),
		  "EBADMSG: unit.o: .altinstructions+0x4: a replacement of 2 "
		  "bytes overlaps another one");
	EXPECT_EQ(
		refused_entry(".altinstructions", ".long .Lf-.\n.long .Lf-.\n.byte 1,1"),
		"EBADMSG: unit.o: .altinstructions+0: 10 bytes with 2 relocations: entries of 12 or "
		"14 are known");
}

TEST(object, code_that_a_function_jumps_to_aside_is_a_piece)
{
	Object object = assemble(
		function("f", "jmp .Laux\n.Lback: ret") + function("g", "jmp .Laux2\nret") +
		entry(".altinstr_aux", "ax", ".Laux: nop\njmp .Lback\n.Laux2: ud2"));
	const Reference &jump = piece_of(object, "f").references[0];
	ASSERT_EQ(jump.target.kind, Target::Kind::piece);
	const Piece &aux = object.piece(jump.target.piece);
	EXPECT_EQ(aux.kind, Piece::Kind::code);
	EXPECT_EQ(aux.size, 6u);
	ASSERT_EQ(aux.references.size(), 1u);
	EXPECT_EQ(described(object, aux.references[0]), "'f'+5");
	EXPECT_NE(piece_of(object, "g").references[0].target.piece, jump.target.piece);
}

TEST(object, what_objtool_turned_into_a_nop_refers_to_nothing)
{
	std::string file = assembled_file(function("f", "call get\nret"));
	put(&file, data_of(file, ".rela.text.f") + offsetof(Elf64_Rela, r_info),
	    static_cast<uint32_t>(R_X86_64_NONE));
	EXPECT_EQ(references_of(object_of(file), "f"), "");
}

TEST(object, a_malformed_table_is_EBADMSG)
{
	EXPECT_EQ(refused_entry("__bug_table", ".long .Lf-.\n.long .Lf-.\n.long .Lf-."),
		  "EBADMSG: unit.o: __bug_table+0: 12 bytes with 3 relocations, not 2 an entry");
	EXPECT_EQ(refused_entry(".smp_locks", ".long .Lf-.\n.long .Lf-.\n.byte 0"),
		  "EBADMSG: unit.o: .smp_locks+0: 9 bytes with 2 relocations, not 1 an entry");
	EXPECT_EQ(refused_entry("__ex_table", ".long 0,0,0"),
		  "EBADMSG: unit.o: __ex_table+0: 12 bytes with 0 relocations, not 2 an entry");
	EXPECT_EQ(refused_entry("__bug_table",
				".long .Lf-.\n.long .Lf-.\n.long .Lf-.\n.long .Lf-.\n.long 0,0"),
		  "EBADMSG: unit.o: __bug_table+0x8: not where entry 1 of 12 bytes has one");
	EXPECT_EQ(refused_entry(".smp_locks", ".long .Lf-.\n.long get-."),
		  "EBADMSG: unit.o: .smp_locks+0x4: an entry about no code of this object");
	EXPECT_EQ(
		refused_entry(".orc_unwind_ip", ".long .Lf-.\n.long .Lf-.\n" +
							aside(".orc_unwind,\"a\"", ".byte 1,2,3")),
		"EBADMSG: unit.o: .orc_unwind+0: 3 bytes for 2 entries");
}

TEST(object, a_malformed_relocation_is_EBADMSG)
{
	EXPECT_EQ(
		refused(function("f", "mov get@GOTPCREL(%rip),%rax\nret")),
		"EBADMSG: unit.o: .rela.text.f+0: a relocation of type 42, which no kernel object has");
	std::string file = assembled_file(function("f", "call get\nret"));
	put(&file, data_of(file, ".rela.text.f"), uint64_t{3});
	EXPECT_EQ(said(parse_object(file)),
		  "EBADMSG: unit.o: .rela.text.f+0: a relocation at 0x3 reaches past the end");
}

TEST(object, a_reference_to_nothing_is_EBADMSG)
{
	EXPECT_EQ(refused(function("f", "lea .Ldata+100(%rip),%rax\nret") +
			  ".data\n.type a,@object\n.Ldata:\na: .long 1\n.size a,4\n.long 2\n"),
		  "EBADMSG: unit.o: .text.f+0x3: refers to .data+100, where nothing is");
	EXPECT_EQ(refused(function("f", "mov .rodata.cst8+8(%rip),%rax\nret") +
			  ".section .rodata.cst8,\"aM\",@progbits,8\n.Lone: .quad 1\n"),
		  "EBADMSG: unit.o: .text.f+0x3: refers to .rodata.cst8+8, which is not in it");
	EXPECT_EQ(refused(function("f", "mov $.rodata.str1.1+9,%rdi\nret") +
			  ".section .rodata.str1.1,\"aMS\",@progbits,1\n.Lword: .string \"x\"\n"),
		  "EBADMSG: unit.o: .rodata.str1.1+0x9: a string beyond its 2 bytes");
	EXPECT_EQ(
		refused(function("f", "mov shared(%rip),%eax\nret") + ".comm shared,4,4\n"),
		"EBADMSG: unit.o: .text.f+0x2: refers to a symbol in section 65522, which no kernel object has");
}

TEST(object, what_is_no_code_is_EBADMSG)
{
	EXPECT_EQ(refused(function("f", "nop\n.byte 6")),
		  "EBADMSG: unit.o: .text.f+0: f: +0x1: no x86-64 instruction");
	EXPECT_EQ(refused(".text\n.type f,@function\nf: ret\n.size f,100\n"),
		  "EBADMSG: unit.o: .text+0: 'f' of 0x64 bytes reaches past its end");
}

TEST(object, another_machines_object_is_ENOTSUP)
{
	std::string file = assembled_file(function("f", "ret"));
	put(&file, offsetof(Elf64_Ehdr, e_machine), Elf64_Half{EM_AARCH64});
	EXPECT_EQ(said(parse_object(file)),
		  "EOPNOTSUPP: unit.o: made for machine 183, not for x86-64 (62)");
}

TEST(object, what_is_no_ELF_file_is_EBADMSG)
{
	EXPECT_EQ(said(parse_object("text")),
		  "EBADMSG: unit.o: +0: 4 bytes are too few for an ELF header of 64");
	Root root;
	EXPECT_EQ(said(Object::open(root.path() + "/none.o"), root.path()),
		  "ENOENT: cannot open '/none.o': No such file or directory");
}
