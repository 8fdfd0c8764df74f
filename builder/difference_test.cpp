// SPDX-License-Identifier: LGPL-2.1-or-later
#include "difference.hpp"
#include "test_objects.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// "f has 9 bytes instead of 8; +g; -h": what changed, what is new, what is gone.
std::string listed(const Object &before, const Object &after, const std::vector<Change> &changes)
{
	std::string text;
	for (const Change &change : changes) {
		text += text.empty() ? "" : "; ";
		if (change.before == no_piece)
			text += "+" + after.piece(change.after).name;
		else if (change.after == no_piece)
			text += "-" + before.piece(change.before).name;
		else
			text += after.piece(change.after).name + " " + change.why;
	}
	return text;
}

std::string functions(const Object &before, const Object &after)
{
	Difference difference(before, after);
	return listed(before, after, difference.functions());
}

std::string variables(const Object &before, const Object &after)
{
	Difference difference(before, after);
	return listed(before, after, difference.variables());
}

// Without the offset, which is the compiler's choice.
std::string in_c(const std::string &before, const std::string &after)
{
	std::string text = functions(compile(before), compile(after));
	return text.substr(0, text.find(" at +"));
}

std::string in_assembly(const std::string &before, const std::string &after)
{
	return functions(assemble(function("f", before)), assemble(function("f", after)));
}

// A function with an entry in a table, which begins at .Lf.
std::string with_table(const std::string &section, const std::string &entry)
{
	return function("f", ".Lf: nop\n.Lg: nop\nret") + aside(section, entry);
}

std::string of_tables(const std::string &section, const std::string &before,
		      const std::string &after)
{
	return functions(assemble(with_table(section, before)),
			 assemble(with_table(section, after)));
}

// WARN(), as the kernel has it.
constexpr const char *warn = R"(
#define WARN() asm volatile("1: ud2\n.pushsection __bug_table,\"aw\"\n2: .long 1b - .\n" \
	".long %c0 - .\n.word %c1, 0\n.org 2b + 12\n.popsection" :: "i"(__FILE__), "i"(__LINE__))
)";

}

TEST(difference, there_is_none_between_identical_objects)
{
	const std::string source =
		"static int count; static noinline int g(int x) { return get(x) + count++; }"
		"int f(int x) { if (x == 3) panic(\"three\"); return g(x); }";
	Object before = compile(source), after = compile(source);
	EXPECT_TRUE(Difference(before, after).empty());
}

TEST(difference, lines_that_only_moved_change_nothing)
{
	const std::string source = std::string(warn) +
				   "#line 10\n"
				   "void f(int x) { if (x) WARN(); printk(\"x\"); }\n";
	std::string moved = source;
	moved.replace(moved.find("#line 10"), 8, "#line 99");
	const std::string options = std::string(split) + "-g";
	Object before = compile(source, options), after = compile(moved, options);
	const auto &tables = piece_of(before, "f").tables;
	ASSERT_FALSE(tables.empty());
	EXPECT_NE(tables.back().bytes, piece_of(after, "f").tables.back().bytes);
	EXPECT_TRUE(Difference(before, after).empty());
}

TEST(difference, another_constant_is_one)
{
	EXPECT_EQ(
		in_c("int f(int x) { return get(x) + 1; }", "int f(int x) { return get(x) + 2; }"),
		"f has other instructions");
	EXPECT_EQ(in_assembly("nop\nmov $1,%eax\nret", "nop\nmov $2,%eax\nret"),
		  "f has other instructions at +0x2");
	EXPECT_EQ(in_assembly("mov $1,%eax\nret", "xor %eax,%eax\nret"),
		  "f has 3 bytes instead of 6");
}

TEST(difference, a_string_is_shown_in_one_line)
{
	EXPECT_EQ(in_c("void f(void) { printk(\"one\\n\"); }",
		       "void f(void) { printk(\"\\\"two\\\"\\t\\033[1m\\303\\n\"); }"),
		  "f refers to \"\\\"two\\\"\\t\\033[1m\\303\\n\" instead of \"one\\n\"");
}

TEST(difference, a_string_that_is_cut_says_so)
{
	const std::string forty = "0123456789012345678901234567890123456789";
	EXPECT_EQ(in_c("void f(void) { printk(\"" + forty + "\"); }",
		       "void f(void) { printk(\"" + forty + "\\nand on\"); }"),
		  "f refers to \"" + forty + "\"... (7 more) instead of \"" + forty + "\"");
}

TEST(difference, a_long_name_is_whole)
{
	const std::string name(400, 'n');
	EXPECT_EQ(in_assembly("call a" + name + "\nret", "call b" + name + "\nret"),
		  "f calls 'b" + name + "' instead of 'a" + name + "' at +0x1");
}

TEST(difference, another_reference_is_one)
{
	EXPECT_EQ(in_assembly("call a\nret", "call b\nret"), "f calls 'b' instead of 'a' at +0x1");
	EXPECT_EQ(in_assembly("mov a(%rip),%eax\nret", "mov a+4(%rip),%eax\nret"),
		  "f refers to 'a' instead of 'a' at +0x2");
	EXPECT_EQ(in_assembly("nop\ncall a", "call a\nnop"), "f refers to something else at +0x2");
	EXPECT_EQ(in_assembly("call a\nmov $1,%eax", "call a\nmov $a,%eax"),
		  "f has 2 references instead of 1");
}

TEST(difference, another_string_is_one)
{
	EXPECT_EQ(in_c("void f(void) { printk(\"one\"); }", "void f(void) { printk(\"two\"); }"),
		  "f refers to \"two\" instead of \"one\"");
}

TEST(difference, a_mergeable_constant_is_one)
{
	auto object = [](const char *value) {
		return assemble(function("f", "mov .Lone(%rip),%rax\nret") +
				".section .rodata.cst8,\"aM\",@progbits,8\n.Lone: .quad " + value +
				"\n");
	};
	EXPECT_EQ(functions(object("1"), object("2")),
		  "f refers to a constant of 8 bytes instead of a constant of 8 bytes at +0x3");
}

TEST(difference, another_callee_is_one)
{
	EXPECT_EQ(in_c("int put(int); int f(int x) { return get(x) + 1; }",
		       "int put(int); int f(int x) { return put(x) + 1; }"),
		  "f calls 'put' instead of 'get'");
}

TEST(difference, another_place_in_a_variable_is_one)
{
	EXPECT_EQ(in_c("int a[4]; int f(void) { return a[1]; }",
		       "int a[4]; int f(void) { return a[2]; }"),
		  "f refers to 'a' instead of 'a'");
}

TEST(difference, a_changed_callee_that_is_inlined_changes_its_callers)
{
	const std::string callers = "int f(int x) { return g(x) * 3; } int h(int x) { return x; }";
	EXPECT_EQ(in_c("static int g(int x) { return get(x) + 1; }" + callers,
		       "static int g(int x) { return get(x) + 2; }" + callers),
		  "f has other instructions");
}

TEST(difference, a_cold_part_is_its_functions)
{
	EXPECT_EQ(in_c("int f(int x) { if (x) panic(\"one\"); return get(x); }",
		       "int f(int x) { if (x) panic(\"two\"); return get(x); }"),
		  "f its .cold part refers to \"two\" instead of \"one\"");
}

TEST(difference, a_cold_part_may_come_and_go)
{
	const std::string f = function("f", "nop\nret"), cold = function("f.cold", "ud2");
	EXPECT_EQ(functions(assemble(f), assemble(f + cold)), "f has a .cold part");
	EXPECT_EQ(functions(assemble(f + cold), assemble(f)), "f has no .cold part any more");
}

TEST(difference, functions_and_variables_may_be_new_or_gone)
{
	Object before = compile("int old_variable = 1; int old(int x) { return get(x); }");
	Object after = compile("int fresh_variable = 1; int fresh(int x) { return get(x); }");
	EXPECT_EQ(functions(before, after), "+fresh; -old");
	EXPECT_EQ(variables(before, after), "+fresh_variable; -old_variable");
}

TEST(difference, a_variable_has_a_value_a_size_and_a_place)
{
	auto of = [](const char *source) { return compile(source); };
	EXPECT_EQ(variables(of("int a = 1;"), of("int a = 2;")), "a has another initial value");
	EXPECT_EQ(variables(of("int a = 1;"), of("long a = 1;")), "a has 8 bytes instead of 4");
	EXPECT_EQ(variables(of("int a = 1;"), of("int a in(\".init.data\") = 1;")),
		  "a is in another section");
	EXPECT_EQ(variables(of("int a = 1;"), of("int a in(\".data..percpu\") = 1;")),
		  "a is in another section");
	EXPECT_EQ(variables(of("int a = 1;"), of("int __attribute__((aligned(64))) a = 1;")),
		  "a is aligned to 64 bytes instead of 4");
	EXPECT_EQ(variables(of("int __attribute__((aligned(64))) a = 1;"), of("int a = 1;")), "");
	EXPECT_EQ(variables(of("int x, y; int *a = &x;"), of("int x, y; int *a = &y;")),
		  "a refers to 'y' instead of 'x' at +0");
	EXPECT_EQ(variables(of("const int a = 1;"), of("const int a = 2;")),
		  "a has another initial value");
	EXPECT_EQ(variables(of("int a = 1;"), of("int a = 1;")), "");
}

TEST(difference, what_has_no_identity_is_neither_new_nor_gone)
{
	Object before = compile("void f(void) { printk(__func__); }");
	Object after = compile("void f(void) { printk(__func__); } void g(void) "
			       "{ printk(\"%s\", __func__); use(__func__); }");
	EXPECT_EQ(variables(before, after), "");
	EXPECT_EQ(functions(before, after), "+g");
}

TEST(difference, a_function_that_stays_after_boot_is_another_one)
{
	const std::string source = "f(int x) { return get(x); }";
	EXPECT_EQ(in_c("int in(\".init.text\") " + source, "int " + source),
		  "f is no longer in .init.text");
	EXPECT_EQ(in_c("int " + source, "int in(\".init.text\") " + source), "");
}

TEST(difference, another_entry_of_a_jump_label_is_one)
{
	auto entry = [](const char *key, const char *to) {
		return std::string(".long .Lf-.\n.long ") + to + "-.\n.quad " + key + "-.";
	};
	const std::string table = "__jump_table,\"aw\"";
	EXPECT_EQ(of_tables(table, entry("a", ".Lg"), entry("a", ".Lg")), "");
	EXPECT_EQ(of_tables(table, entry("a", ".Lg"), entry("b", ".Lg")),
		  "f has another entry in __jump_table");
	EXPECT_EQ(of_tables(table, entry("a", ".Lg"), entry("a", ".Lf")),
		  "f has another entry in __jump_table");
}

TEST(difference, another_end_of_an_exception_is_one)
{
	const std::string table = "__ex_table,\"a\"";
	auto entry = [](const char *to, const char *type) {
		return std::string(".long .Lf-.\n.long ") + to + "-.\n.long " + type;
	};
	EXPECT_EQ(of_tables(table, entry(".Lg", "1"), entry(".Lg", "1")), "");
	EXPECT_EQ(of_tables(table, entry(".Lg", "1"), entry(".Lg+1", "1")),
		  "f has another entry in __ex_table");
	EXPECT_EQ(of_tables(table, entry(".Lg", "1"), entry(".Lg", "2")),
		  "f has another entry in __ex_table");
}

TEST(difference, another_flag_of_a_warning_is_one_and_another_line_is_none)
{
	const std::string table = "__bug_table,\"aw\"";
	auto entry = [](const char *file, const char *line, const char *flags) {
		return std::string(".long .Lf-.\n.long ") + file + "-.\n.word " + line + "," +
		       flags;
	};
	EXPECT_EQ(of_tables(table, entry("a", "1", "1"), entry("b", "2", "1")), "");
	EXPECT_EQ(of_tables(table, entry("a", "1", "1"), entry("a", "1", "3")),
		  "f has another entry in __bug_table");
}

// The order of the tables in the file is the order in which its functions first had entries in
// them.
TEST(difference, another_order_of_the_tables_is_none)
{
	const std::string warning =
		aside("__bug_table,\"aw\"", ".long .Lf-.\n.long a-.\n.word 1,1");
	const std::string fault = aside("__ex_table,\"a\"", ".long .Lf-.\n.long .Lg-.\n.long 1");
	const std::string code = function("f", ".Lf: nop\n.Lg: nop\nret");
	Object before = assemble(code + warning + fault), after = assemble(code + fault + warning);
	EXPECT_NE(piece_of(before, "f").tables.front().section,
		  piece_of(after, "f").tables.front().section);
	EXPECT_EQ(functions(before, after), "");
}

TEST(difference, another_alternative_is_one)
{
	auto object = [](const char *replacement, const char *feature) {
		return assemble(function("f", ".Lf: nop\nret") +
				aside(".altinstr_replacement,\"ax\"",
				      std::string("1: ") + replacement + "\n2:") +
				aside(".altinstructions,\"a\"",
				      std::string(".long .Lf-.\n.long 1b-.\n.word ") + feature +
					      "\n.byte 1,2b-1b"));
	};
	EXPECT_EQ(functions(object("call get", "1"), object("call get", "1")), "");
	EXPECT_EQ(functions(object("call get", "1"), object("call put", "1")),
		  "f has another entry in .altinstructions");
	EXPECT_EQ(functions(object("cld", "1"), object("std", "1")),
		  "f has another entry in .altinstructions");
	EXPECT_EQ(functions(object("cld", "1"), object("cld", "2")),
		  "f has another entry in .altinstructions");
}

TEST(difference, another_static_call_is_one)
{
	auto entry = [](const char *key) {
		return std::string(".long .Lf-.\n.long ") + key + "-.";
	};
	EXPECT_EQ(of_tables(".static_call_sites,\"aw\"", entry("a"), entry("b")),
		  "f has another entry in .static_call_sites");
}

TEST(difference, one_entry_more_is_one)
{
	const std::string entry = ".long .Lf-.\n.long .Lg-.\n.long 1\n";
	EXPECT_EQ(of_tables("__ex_table,\"a\"", entry, entry + entry),
		  "f has 2 entries in the tables beside the code instead of 1");
}

TEST(difference, padding_before_a_function_is_not_compared)
{
	const char *source = "int f(int x) { return get(x); }";
	EXPECT_EQ(
		functions(compile(source),
			  compile(source, std::string(split) + "-fpatchable-function-entry=16,16")),
		"");
}

// The patch includes a function that ftrace cannot redirect, with its callers.

static std::string notrace_callee(const std::string &value, const std::string &rest)
{
	return "static noinline __attribute__((no_instrument_function)) int callee(int x)"
	       "{ asm volatile(\"\"); return x + " +
	       value + "; } int caller(int x) { return callee(x) * 2; }" + rest;
}

TEST(difference, a_local_function_without_an_ftrace_site_brings_in_its_callers)
{
	Object before = compile(notrace_callee("1", "")), after = compile(notrace_callee("2", ""));
	Difference difference(before, after);
	EXPECT_EQ(listed(before, after, difference.functions()).substr(0, 10), "callee has");
	EXPECT_NE(functions(before, after)
			  .find("caller calls 'callee', which ftrace cannot redirect"),
		  std::string::npos);
	EXPECT_TRUE(difference.is_copied(after.find("callee")));
	EXPECT_FALSE(difference.is_copied(after.find("caller")));
}

TEST(difference, a_function_whose_address_is_taken_is_not_copied)
{
	const char *rest = "int (*pointer)(int) = callee;";
	Object before = compile(notrace_callee("1", rest)),
	       after = compile(notrace_callee("2", rest));
	Difference difference(before, after);
	EXPECT_FALSE(difference.is_copied(after.find("callee")));
	EXPECT_EQ(difference.functions().size(), 1);
}
