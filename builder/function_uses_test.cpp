// SPDX-License-Identifier: LGPL-2.1-or-later
#include "function_uses.hpp"
#include "test_fix.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// Who uses f in a module of this assembly: "call a, data table".
std::string uses_in(const std::string &source, const std::vector<std::string> &functions = {"f"})
{
	ModuleFile module =
		module_file(module_of("m", {assembled_file(function("f", "ret") + source)}));
	Image image = image_of(module);
	std::set<uint64_t> addresses;
	for (const std::string &name : functions)
		addresses.insert(image.find(name)[0].address);
	static constexpr const char *kinds[] = {"call", "pointer", "data", "exported", "unknown"};
	std::string text;
	for (const FunctionUse &use : FunctionUses(image).of(addresses))
		text += (text.empty() ? "" : ", ") + std::string(kinds[int(use.kind)]) + " " +
			use.name;
	return text;
}

}

TEST(function_uses, calls_and_jumps)
{
	EXPECT_EQ(uses_in(function("a", "call f\nret") +
			  function("b", "test %eax,%eax\njz f\nret") + function("c", "nop\njmp f") +
			  function("d", "call a\nret")),
		  "call a, call b, call c");
	// Each once.
	EXPECT_EQ(uses_in(function("a", "call f\ncall f\nret")), "call a");
	EXPECT_EQ(uses_in(function("a", "call f\nret") + function("b", "call a\nret"), {"f", "a"}),
		  "call a, call b");
	EXPECT_EQ(uses_in(""), "");
}

TEST(function_uses, its_address)
{
	EXPECT_EQ(uses_in(function("a", "lea f(%rip),%rax\nret") +
			  function("b", "mov $f,%rdi\nret") +
			  function("c", "movq $f,8(%rax)\nret") + function("d", "push $f\nret")),
		  "pointer a, pointer b, pointer c, pointer d");
	EXPECT_EQ(uses_in(".data\n.type table,@object\ntable: .quad 1, f\n.size table,16\n"),
		  "data table");
	EXPECT_EQ(uses_in(".section .rodata\n.type near,@object\nnear: .long 0, f-.\n"
			  ".size near,8\n"),
		  "data near");
	EXPECT_EQ(uses_in(".section __ksymtab,\"a\"\n.long f-.\n"), "exported __ksymtab");
}

TEST(function_uses, what_is_gone_or_only_describes_code_is_none)
{
	EXPECT_EQ(uses_in(".section .init.text,\"ax\"\n.type a,@function\na: call f\n.size a,.-a\n"
			  ".section .orc_unwind_ip,\"a\"\n.long f-.\n"),
		  "");
}

// Code that has run may have given the address to code that has not.
TEST(function_uses, an_address_in_what_is_gone_counts)
{
	EXPECT_NE(uses_in(".section .init.data,\"aw\"\n.quad f\n"), "");
	EXPECT_NE(uses_in(".section .init.text,\"ax\"\n.type a,@function\n"
			  "a: mov $f,%rdi\n.size a,.-a\n"),
		  "");
}

TEST(function_uses, a_number_that_only_looks_like_it_is_none)
{
	// The distance to f, in the middle of an instruction: no field of it.
	EXPECT_EQ(uses_in(function("a", ".byte 0x48,0xb8,0x90\n.long f-.-4\n.byte 0x90,0x90,0x90\n"
					"ret")),
		  "");
	EXPECT_EQ(uses_in(function("a", "cmpl $1,f(%rip)\nret")), "");
}

TEST(function_uses, what_is_not_understood_is_one)
{
	EXPECT_EQ(uses_in(".section .text.x,\"ax\"\n.byte 0xe8\n.long f-.-4\n"), "unknown .text.x");
	EXPECT_EQ(uses_in(function("a", ".byte 0x06,0xe8\n.long f-.-4\n")), "unknown a");
	EXPECT_EQ(uses_in(function("a", "mov f(%rip),%rax\nret")), "unknown a");
}

TEST(function_uses, traceable_is_what_ftrace_has_a_site_of)
{
	ModuleFile module = module_file(
		module_of("m", {assembled_file(traced("f", "nop") + function("g", "ret") +
					       function("h", "endbr64\n.Lh: call __fentry__\nret") +
					       aside("__mcount_loc,\"a\"", ".quad .Lh"))}));
	Image image = image_of(module);
	FunctionUses uses(image);
	EXPECT_TRUE(uses.is_traceable(image.find("f")[0].address));
	EXPECT_FALSE(uses.is_traceable(image.find("g")[0].address));
	EXPECT_TRUE(uses.is_traceable(image.find("h")[0].address));
}

TEST(function_uses, of_the_kernel_the_sites_are_between_two_symbols)
{
	Kernel kernel;
	append_aligned(&kernel.image.code, 8, "");
	uint64_t table = text_start + kernel.image.code.size();
	append_value(&kernel.image.code, uint64_t{text_start + 0x110});
	kernel.image.add(table, 'T', "__start_mcount_loc");
	kernel.image.add(table + 8, 'T', "__stop_mcount_loc");
	kernel.add_module("kernel/m", module_of("m", {assembled_file(function("f", "ret"))}));
	KernelSymbols symbols = kernel.open();
	FunctionUses uses(symbols.vmlinux());
	EXPECT_TRUE(uses.is_traceable(text_start + 0x110));
	EXPECT_FALSE(uses.is_traceable(text_start + 0x120));
}
