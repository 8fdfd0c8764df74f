// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_objects.hpp"
#include "unit.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::string section(const std::string &name)
{
	return without_function_sections("\t.section\t" + name + "\n");
}

// What gcc makes of a source: the assembly.
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

// The proof is about the object that is assembled so; it has to be the one that the
// compiler makes by itself.
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
	// A jump to a neighbour, which is what it is for.
	EXPECT_TRUE(piece_of(rewritten, "fresh").fixed);
	EXPECT_FALSE(piece_of(compile(source, split), "fresh").fixed);
}
