// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_said.hpp"
#include "object.hpp"
#include "test_objects.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

TEST(object, functions_and_variables_are_pieces)
{
	Object object = compile("int count = 3; int zeroed[4]; const long limit = 5;"
				"static noinline int twice(int x) { return get(x) * 2; }"
				"int f(int x) { return twice(x) + count + limit + zeroed[x]; }");
	const Piece &f = piece_of(object, "f"), &twice = piece_of(object, "twice");
	EXPECT_EQ(f.kind, Piece::Kind::function);
	EXPECT_TRUE(f.global);
	EXPECT_FALSE(twice.global);
	EXPECT_EQ(object.section_name(twice), ".text.twice");
	EXPECT_EQ(twice.bytes.size(), twice.size);
	EXPECT_EQ(piece_of(object, "count").kind, Piece::Kind::variable);
	EXPECT_FALSE(piece_of(object, "count").zero);
	EXPECT_EQ(piece_of(object, "zeroed").kind, Piece::Kind::variable);
	EXPECT_TRUE(piece_of(object, "zeroed").zero);
	EXPECT_EQ(piece_of(object, "zeroed").size, 16u);
	EXPECT_TRUE(piece_of(object, "zeroed").bytes.empty());
	EXPECT_EQ(piece_of(object, "limit").kind, Piece::Kind::constant);
	EXPECT_EQ(object.find("g"), no_piece);
}

TEST(object, the_pieces_of_one_section_have_their_own_bytes)
{
	const char *source = "int a(int x) { return get(x) + 1; } int b(int x) { return get(x); }";
	Object split_up = compile(source), together = compile(source, plain);
	EXPECT_EQ(piece_of(together, "a").section, piece_of(together, "b").section);
	EXPECT_NE(piece_of(split_up, "a").section, piece_of(split_up, "b").section);
	EXPECT_EQ(piece_of(split_up, "b").start, 0u);
	EXPECT_NE(piece_of(together, "b").start, 0u);
	for (const char *name : {"a", "b"}) {
		EXPECT_EQ(piece_of(together, name).bytes, piece_of(split_up, name).bytes);
		EXPECT_EQ(references_of(together, name), references_of(split_up, name));
	}
}

TEST(object, a_call_within_one_section_is_a_reference)
{
	Object object = compile("static noinline int g(int x) { return get(x); }"
				"int f(int x) { return g(x) + 1; }",
				plain);
	const Reference &call = reference_to(object, "f", "'g'");
	EXPECT_TRUE(call.branch);
	EXPECT_FALSE(call.pointer);
	EXPECT_EQ(call.type, static_cast<uint32_t>(R_X86_64_PLT32));
	EXPECT_EQ(call.bias, -4);
	EXPECT_EQ(call.target.kind, Target::Kind::piece);
	const Piece &f = piece_of(object, "f");
	EXPECT_EQ(f.bytes[call.offset - 1], std::byte{0xe8});
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(f.bytes[call.offset + i], std::byte{0});
	EXPECT_FALSE(f.fixed);
}

TEST(object, a_short_jump_out_of_a_function_marks_it_fixed)
{
	const std::string body = "f: jmp g\n.size f,.-f\nh: jmp h\n.size h,.-h\n"
				 "g: ret\n.size g,.-g\n"
				 ".type f,@function\n.type g,@function\n.type h,@function\n";
	Object object = assemble(body);
	EXPECT_TRUE(piece_of(object, "f").fixed);
	EXPECT_FALSE(piece_of(object, "h").fixed);
	EXPECT_FALSE(piece_of(object, "g").fixed);
}

TEST(object, a_cold_part_belongs_to_its_function)
{
	Object object = compile("int f(int x) { if (x) panic(\"so\"); return get(x); }");
	PieceId id = object.find("f"), cold = object.find("f.cold");
	ASSERT_NE(cold, no_piece);
	EXPECT_EQ(object.piece(cold).kind, Piece::Kind::cold);
	EXPECT_EQ(object.piece(cold).parent, id);
	EXPECT_EQ(object.piece(id).cold, cold);
	EXPECT_TRUE(reference_to(object, "f", "'f.cold'").branch);
	EXPECT_EQ(references_of(object, "f.cold").substr(0, 16), "\"so\", 'panic', '");
	EXPECT_GT(object.piece(cold).references.back().target.offset, 0);
	EXPECT_EQ(object.piece(cold).references.back().target.piece, id);
}

TEST(object, further_names_of_a_place_are_aliases)
{
	Object object = compile("static int real(int x) { return get(x); }"
				"int other(int) __attribute__((alias(\"real\")));");
	const Piece &piece = piece_of(object, "other");
	EXPECT_EQ(piece.name, "other"); // the global one
	EXPECT_TRUE(piece.global);
	EXPECT_EQ(piece.aliases, std::vector<std::string_view>{"real"});
	EXPECT_EQ(object.find("real"), object.find("other"));
}

TEST(object, a_function_that_is_init_module_has_a_name_of_its_own)
{
	Object object = compile("static int in(\".init.text\") start(void) { return get(1); }"
				"int init_module(void) __attribute__((alias(\"start\")));");
	EXPECT_EQ(piece_of(object, "init_module").name, "start");
}

TEST(object, static_variables_of_functions_are_pieces)
{
	Object object = compile("int f(void) { static int count = 1; return count++; }"
				"int g(void) { static int count = 2; return count++; }");
	std::vector<std::string> names;
	for (const Piece &piece : object.pieces()) {
		if (piece.kind == Piece::Kind::variable && base_name(piece.name) == "count")
			names.push_back(piece.name);
	}
	ASSERT_EQ(names.size(), 2u);
	EXPECT_NE(references_of(object, "f"), references_of(object, "g"));
}

TEST(object, an_empty_variable_is_not_the_end_of_the_one_before_it)
{
	Object object = assemble(function("f", "lea empty(%rip),%rax\nlea a+4(%rip),%rax\nret") +
				 ".data\n.globl a, empty\n.type a,@object\n.type empty,@object\n"
				 "a: .long 1\n.size a,4\nempty:\n.size empty,0\n");
	EXPECT_EQ(piece_of(object, "empty").size, 0u);
	EXPECT_EQ(references_of(object, "f"), "'empty', 'a'+4");
}

TEST(object, a_place_before_an_array_in_a_section_of_its_own_is_counted_from_it)
{
	Object object = assemble(function("f", "mov a-20(,%rdi,4),%eax\nmov a+36(%rip),%eax\nret") +
				 ".data\n.type a,@object\na: .fill 4,4,1\n.size a,16\n");
	EXPECT_EQ(references_of(object, "f"), "'a'-20, 'a'+36");
}

TEST(object, a_string_is_known_by_its_text)
{
	Object object = compile("void f(void) { use(\"some text\"); use(\"text\"); }");
	EXPECT_EQ(references_of(object, "f"), "\"some text\", 'use', \"text\", 'use'");
	Object inner = assemble(function("f", "mov $.Lword+5,%rdi\nret") +
				".section .rodata.str1.1,\"aMS\",@progbits,1\n"
				".Lother: .string \"x\"\n.Lword: .string \"some text\"\n");
	EXPECT_EQ(references_of(inner, "f"), "\"text\"");
	EXPECT_EQ(piece_of(inner, "f").references[0].target.kind, Target::Kind::string);
}

TEST(object, a_mergeable_constant_is_known_by_its_bytes)
{
	Object object = assemble(function("f", "mov .Lb+2(%rip),%eax\nret") +
				 ".section .rodata.cst8,\"aM\",@progbits,8\n"
				 ".La: .quad 1\n.Lb: .quad 0x2a\n");
	const Target &target = piece_of(object, "f").references[0].target;
	EXPECT_EQ(target.kind, Target::Kind::literal);
	EXPECT_EQ(target.text, std::string_view("\x2a\0\0\0\0\0\0\0", 8));
	EXPECT_EQ(target.offset, 2);
}

TEST(object, a_wide_string_is_known_by_all_of_its_text)
{
	auto with = [](const std::string &text, const std::string &options) {
		return compile("void f(void) { use(L\"" + text + "\"); }", split + options);
	};
	for (const char *options : {"-fshort-wchar", ""}) {
		Object object = with("SecureBoot", options);
		const Target &target = piece_of(object, "f").references[1].target;
		EXPECT_EQ(described(object, piece_of(object, "f").references[1]),
			  "L\"SecureBoot\"");
		EXPECT_EQ(target.width, *options ? 2u : 4u);
		EXPECT_EQ(target.text.size(), 10u * target.width);
		Difference difference(object, with("SetupMode", options));
		ASSERT_EQ(difference.functions().size(), 1u);
		EXPECT_EQ(difference.functions()[0].why.find(
				  "refers to L\"SetupMode\" instead of L\"SecureBoot\" at +"),
			  0u);
	}
	// The same bytes in other characters are another text.
	Object narrow =
		assemble(function("f", "mov $.Ls,%rdi\nret") +
			 ".section .rodata.str1.1,\"aMS\",@progbits,1\n.Ls: .ascii \"a\\0\"\n");
	Object wide = assemble(function("f", "mov $.Ls,%rdi\nret") +
			       ".section .rodata.str2.2,\"aMS\",@progbits,2\n.Ls: .short 97, 0\n");
	EXPECT_EQ(Difference(narrow, wide).functions().size(), 1u);
}

// The references of a loop that counts from elsewhere.
TEST(object, a_place_beside_a_string_is_counted_from_the_string_that_is_named)
{
	const std::string strings = ".section .rodata.str1.1,\"aMS\",@progbits,1\n"
				    ".Lother: .string \"window\"\n.Lword: .string \"flags\"\n";
	Object object =
		assemble(function("f", "mov $.Lword-4,%rdi\nmov $.Lword+9,%rsi\nret") + strings);
	EXPECT_EQ(references_of(object, "f"), "\"flags\"-4, \"flags\"+9");
	Object other =
		assemble(function("f", "mov $.Lother+3,%rdi\nmov $.Lother+16,%rsi\nret") + strings);
	EXPECT_EQ(references_of(other, "f"), "\"dow\", \"window\"+16");
	EXPECT_EQ(Difference(object, other).functions().size(), 1u);

	Object constant = assemble(function("f", "mov .Lb-3(%rip),%eax\nret") +
				   ".section .rodata.cst8,\"aM\",@progbits,8\n"
				   ".La: .quad 1\n.Lb: .quad 0x2a\n");
	const Target &target = piece_of(constant, "f").references[0].target;
	EXPECT_EQ(target.text, std::string_view("\x2a\0\0\0\0\0\0\0", 8));
	EXPECT_EQ(target.offset, -3);
}

TEST(object, a_wide_string_without_an_end_is_EBADMSG)
{
	auto at = [](const std::string &place, const std::string &characters) {
		return said(parse_object(
			assembled_file(function("f", "mov $.rodata.str2.2" + place + ",%rdi\nret") +
				       ".section .rodata.str2.2,\"aMS\",@progbits,2\n.Ls: .short " +
				       characters + "\n")));
	};
	EXPECT_EQ(at("", "97,0"), "no error");
	EXPECT_EQ(at("", "97,98"),
		  "EBADMSG: unit.o: .text.f+0x3: refers to .rodata.str2.2+0, where no "
		  "string of characters of 2 bytes is");
	EXPECT_EQ(at("+1", "97,0"),
		  "EBADMSG: unit.o: .text.f+0x3: refers to .rodata.str2.2+1, where "
		  "no string of characters of 2 bytes is");
}

TEST(object, what_is_mergeable_has_no_relocations)
{
	EXPECT_EQ(said(parse_object(
			  assembled_file(function("f", "ret") +
					 ".section .rodata.cst8,\"aM\",@progbits,8\n.quad get\n"))),
		  "EBADMSG: unit.o: .rodata.cst8+0: mergeable, and with relocations");
}

TEST(object, bytes_without_a_name_are_a_piece)
{
	Object object = assemble(function("f", "lea .Lhidden(%rip),%rax\nret") +
				 ".section .rodata,\"a\"\n.type a,@object\n"
				 "a: .long 1\n.size a,4\n.Lhidden: .long 2\n");
	const Target &target = piece_of(object, "f").references[0].target;
	ASSERT_EQ(target.kind, Target::Kind::piece);
	EXPECT_EQ(object.piece(target.piece).name, "");
	EXPECT_EQ(object.piece(target.piece).kind, Piece::Kind::constant);
	EXPECT_EQ(object.piece(target.piece).start, 4u);
}

TEST(object, the_padding_before_a_function_is_part_of_it)
{
	Object object = compile("static noinline int g(int x) { return get(x); }"
				"int f(int x) { return g(x) + 1; }",
				std::string(split) + "-fpatchable-function-entry=16,16");
	for (const char *name : {"f", "g"}) {
		const Piece &piece = piece_of(object, name);
		EXPECT_EQ(piece.entry, 16u);
		EXPECT_EQ(piece.start, 0u);
		EXPECT_EQ(piece.size, piece.bytes.size());
		for (int i = 0; i < 16; i++)
			EXPECT_EQ(piece.bytes[i], std::byte{0x90});
	}
	EXPECT_EQ(references_of(object, "f"), "'g'");
}

// As arch/x86/kvm/emulate.c has it: code in assembly comes first.
TEST(object, a_function_without_padding_says_nothing_of_the_others)
{
	Object object =
		compile("asm(\".pushsection .text,\\\"ax\\\"\\n.type first, @function\\n\"\n"
			"\"first: ret\\nint3\\n.size first, .-first\\n.popsection\");\n"
			"int second(int a) { return get(a) + 1; }",
			"-fpatchable-function-entry=16,16");
	EXPECT_EQ(piece_of(object, "first").entry, 0u);
	EXPECT_EQ(piece_of(object, "first").start, 0u);
	EXPECT_EQ(piece_of(object, "second").entry, 16u);
	EXPECT_EQ(references_of(object, "second"), "'get'");
}

TEST(object, the_padding_that_objtool_names_is_no_function)
{
	auto padded = [](const std::string &name) {
		return "__pfx_" + name + ": .fill 16,1,0x90\n.size __pfx_" + name +
		       ",16\n.type __pfx_" + name + ",@function\n.type " + name + ",@function\n" +
		       name + ": ret\n.size " + name + ",1\n";
	};
	Object object = assemble(padded("f") + padded("g"));
	EXPECT_EQ(object.find("__pfx_f"), no_piece);
	EXPECT_EQ(piece_of(object, "f").entry, 16u);
	EXPECT_EQ(piece_of(object, "g").entry, 16u);
	EXPECT_EQ(piece_of(object, "g").start, 17u);
}

TEST(object, a_reference_knows_whether_it_makes_a_value_of_an_address)
{
	Object object = assemble(function("f", "lea a(%rip),%rax\nmov $b,%rax\nmov c(%rip),%eax\n"
					       "movl $1,d(%rip)\ncall e\njne e\nret") +
				 ".data\n.type table,@object\ntable: .quad g\n.size table,8\n");
	auto of = [&](const char *name, const char *target) {
		const Reference &found = reference_to(object, name, target);
		return std::tuple(found.pointer, found.branch, found.bias);
	};
	EXPECT_EQ(of("f", "'a'"), std::tuple(true, false, -4));
	EXPECT_EQ(of("f", "'b'"), std::tuple(true, false, 0));
	EXPECT_EQ(of("f", "'c'"), std::tuple(false, false, -4));
	EXPECT_EQ(of("f", "'d'"), std::tuple(false, false, -8)); // a constant follows
	EXPECT_EQ(of("f", "'e'"), std::tuple(false, true, -4));
	EXPECT_EQ(of("table", "'g'"), std::tuple(true, false, 0));
	EXPECT_EQ(references_of(object, "f"), "'a', 'b', 'c', 'd', 'e', 'e'");
}

TEST(object, a_weak_definition_and_a_weak_reference_are_told)
{
	Object object =
		compile("int maybe(int) __attribute__((weak));"
			"int __attribute__((weak)) f(int x) { return maybe ? maybe(x) : 1; }"
			"int g(int x) { return get(x); }");
	EXPECT_TRUE(piece_of(object, "f").weak);
	EXPECT_FALSE(piece_of(object, "g").weak);
	EXPECT_TRUE(reference_to(object, "f", "'maybe'").target.weak);
	EXPECT_FALSE(reference_to(object, "g", "'get'").target.weak);
}

TEST(object, exports_are_told)
{
	Object object = assemble(function("f", "ret") + function("g", "ret") +
				 ".section __ksymtab_strings,\"aMS\",@progbits,1\n"
				 "__kstrtab_f: .string \"f\"\n"
				 ".section .export_symbol,\"a\"\n__export_symbol_g: .quad 0\n");
	EXPECT_TRUE(object.exports("f"));
	EXPECT_TRUE(object.exports("g")); // from 6.5
	EXPECT_FALSE(object.exports("h"));
}

TEST(object, moving_it_keeps_its_views)
{
	Object object = compile("void f(void) { use(\"text\"); }");
	std::string_view text = reference_to(object, "f", "\"text\"").target.text;
	Object moved = std::move(object);
	EXPECT_EQ(text, "text");
	EXPECT_EQ(references_of(moved, "f"), "\"text\", 'use'");
	EXPECT_EQ(moved.section_name(piece_of(moved, "f")), ".text.f");
}

TEST(base_name, has_no_numbers_of_the_compilers)
{
	EXPECT_EQ(base_name("foo.isra.0"), "foo.isra");
	EXPECT_EQ(base_name("foo.isra.0.cold"), "foo.isra.cold");
	EXPECT_EQ(base_name("count.12"), "count");
	EXPECT_EQ(base_name("count.1.2"), "count");
	EXPECT_EQ(base_name("foo"), "foo");
	EXPECT_EQ(base_name("v1.x2"), "v1.x2");
	EXPECT_EQ(base_name(".LC0"), ".LC0");
	EXPECT_EQ(base_name("dot."), "dot.");
	EXPECT_EQ(base_name(""), "");
}
