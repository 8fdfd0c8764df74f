// SPDX-License-Identifier: LGPL-2.1-or-later
#include "assembly.hpp"
#include "test_objects.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::string section(const std::string &name)
{
	return without_function_sections("\t.section\t" + name + "\n");
}

// Compiles a source with gcc to assembly.
std::string assembly_of(const std::string &source)
{
	return made_by("gcc " + (std::string(kernel_options) + split) + " -x c -S",
		       prelude + source);
}

}

TEST(without_function_sections, a_functions_section_becomes_text)
{
	EXPECT_EQ(section(".text.f,\"ax\",@progbits"), "\t.text\n");
	EXPECT_EQ(section(".text.f.isra.0,\"ax\",@progbits"), "\t.text\n");
	EXPECT_EQ(section(".text.unlikely_name,\"ax\",@progbits"), "\t.text\n");
}

TEST(without_function_sections, what_the_compiler_sorts_apart_stays_apart)
{
	EXPECT_EQ(section(".text.unlikely.f,\"ax\",@progbits"),
		  "\t.section\t.text.unlikely,\"ax\",@progbits\n");
	EXPECT_EQ(section(".text.startup.main,\"ax\",@progbits"),
		  "\t.section\t.text.startup,\"ax\",@progbits\n");
	EXPECT_EQ(section(".text.exit.f,\"ax\",@progbits"),
		  "\t.section\t.text.exit,\"ax\",@progbits\n");
	EXPECT_EQ(section(".text.hot.f,\"ax\",@progbits"),
		  "\t.section\t.text.hot,\"ax\",@progbits\n");
	EXPECT_EQ(section(".text.unlikely,\"ax\",@progbits"),
		  "\t.section\t.text.unlikely,\"ax\",@progbits\n");
}

TEST(without_function_sections, the_sources_own_sections_and_all_else_stay)
{
	for (const char *name : {".text..refcount,\"ax\",@progbits", ".init.text,\"ax\",@progbits",
				 ".noinstr.text,\"ax\",@progbits", ".rodata.f,\"a\",@progbits",
				 ".data.count,\"aw\"", "__mcount_loc,\"a\",@progbits"})
		EXPECT_EQ(section(name), "\t.section\t" + std::string(name) + "\n");
	const std::string text = "\t.text\nf:\n\tcall\tg\n# \t.section\t.text.f\n";
	EXPECT_EQ(without_function_sections(text), text);
	EXPECT_EQ(without_function_sections(""), "");
	EXPECT_EQ(without_function_sections("\tret"), "\tret\n");
}

// The proof is about the object that is assembled so; it must be the object that the compiler makes
// by itself.
TEST(without_function_sections, the_code_is_what_the_compiler_makes_without_the_option)
{
	const std::string source =
		"static noinline int g(int x) { return get(x); } int fresh(int x) { return g(x); }"
		"int f(int x) { if (x) panic(\"f\"); return g(x); }"
		"int in(\".init.text\") start(void) { return g(2); }"
		"int __attribute__((cold)) never(int x) { return g(x) + 1; }"
		"int main(void) { return f(3); }";
	Object rewritten = assemble(without_function_sections(assembly_of(source)));
	Object direct = compile(source, plain);
	for (const Piece &piece : direct.pieces()) {
		if (!piece.is_code())
			continue;
		const Piece &same = piece_of(rewritten, piece.name);
		EXPECT_EQ(rewritten.section_name(same), direct.section_name(piece)) << piece.name;
		EXPECT_EQ(same.start, piece.start) << piece.name;
		EXPECT_EQ(same.bytes, piece.bytes) << piece.name;
		EXPECT_EQ(references_of(rewritten, piece.name), references_of(direct, piece.name));
	}
	// A jump to a neighbour is the reason for these sections.
	EXPECT_TRUE(piece_of(rewritten, "fresh").fixed);
	EXPECT_FALSE(piece_of(compile(source, split), "fresh").fixed);
}

namespace {

// As GCC leaves a static branch that is off at first, or on.
std::string branch(const std::string &first, const std::string &key)
{
	return "\t1:" + first +
	       " # objtool NOPs this \n"
	       "\t.pushsection __jump_table,  \"aw\" \n"
	       "\t .balign 8 \n"
	       "\t.long 1b - . \n"
	       "\t.long .L7 - . \n"
	       "\t .quad " +
	       key + " - .\n\t.popsection \n";
}

std::string tested(const std::string &assembly)
{
	return with_keys_tested("\tnop\n" + assembly + "\tret\n",
				[](const std::string &symbol) { return symbol == "kernels"; });
}

std::string constant(const std::string &instruction, const std::string &section,
		     const std::string &width)
{
	return "\t" + instruction + "\n1:\n.pushsection runtime_" + section +
	       ",\"a\"\n\t.long 1b - " + width + " - .\n.popsection\n";
}

}

TEST(with_keys_tested, a_branch_asks_the_key)
{
	EXPECT_EQ(tested(branch("jmp .L7", "key.12+8 + 2")),
		  "\tnop\n\tcmpl $0, key.12+8(%rip)\n\tjne .L7\n\tret\n");
	EXPECT_EQ(tested(branch("jmp .L7", "key + 3")),
		  "\tnop\n\tcmpl $0, key(%rip)\n\tje .L7\n\tret\n");
	EXPECT_EQ(tested(branch("jmp .L7", "key + 1")),
		  "\tnop\n\tcmpl $0, key(%rip)\n\tje .L7\n\tret\n");
	EXPECT_EQ(tested(branch(".byte 0x0f,0x1f,0x44,0x00,0x00\n", "key + 0").replace(33, 21, "")),
		  "\tnop\n\tcmpl $0, key(%rip)\n\tjne .L7\n\tret\n");
}

TEST(with_keys_tested, what_may_have_jump_labels_or_is_in_another_form_stays)
{
	for (const std::string &kept :
	     {branch("jmp .L7", "kernels + 2"), branch("jmp .L8", "key + 2"),
	      branch("jmp .L7", "key + 4"), branch("jmp .L7", "key - 8 + 2"),
	      branch("jmp .L7", "key + 2").replace(0, 4, "")})
		EXPECT_EQ(tested(kept), "\tnop\n" + kept + "\tret\n") << kept;
}

TEST(with_constants_read, a_pointer_and_a_shift_are_read)
{
	EXPECT_EQ(with_constants_read(constant("mov $81985529216486895,%rdx", "ptr_table", "8")),
		  "\tmov table(%rip), %rdx\n");
	EXPECT_EQ(with_constants_read(constant("shrl $12,%eax", "shift_bits", "1")),
		  "\tpush %rcx\n\tmov bits(%rip), %ecx\n\tshrl %cl, %eax\n\tpop %rcx\n");
	EXPECT_EQ(with_constants_read(constant("shrl $12,%ecx", "shift_bits", "1")),
		  "\tpush %rax\n\tmov %ecx, %eax\n\tmov bits(%rip), %ecx\n\tshrl %cl, %eax\n"
		  "\tmov %eax, %ecx\n\tpop %rax\n");
}

TEST(with_constants_read, another_form_stays)
{
	for (const std::string &kept : {constant("mov $81985529216486894,%rdx", "ptr_table", "8"),
					constant("mov $81985529216486895,%rdx", "shift_table", "8"),
					constant("mov $81985529216486895,%rdx", "ptr_table", "1"),
					constant("andl $12,%eax", "mask_bits", "1"),
					constant("shrl $13,%eax", "shift_bits", "1")})
		EXPECT_EQ(with_constants_read(kept), kept);
}

TEST(defines, a_label_at_the_beginning_of_a_line)
{
	EXPECT_TRUE(defines("key:\n", "key"));
	EXPECT_TRUE(defines("x\nkey:\n", "key"));
	EXPECT_FALSE(defines("\tcall key\nother.key:\n", "key"));
}
