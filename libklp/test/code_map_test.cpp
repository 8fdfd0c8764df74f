// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_machine.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

// "ffffffff81001000-ffffffff81002000 whole", one after the other.
static std::string ranges(const Result<std::vector<CodeRange>> &code)
{
	if (!code)
		return said(code);
	std::string text;
	for (const CodeRange &range : *code) {
		char line[64];
		snprintf(line, sizeof(line), "%lx-%lx %s", range.start, range.end,
			 range.part == CodeRange::Part::whole ? "whole" : "cold");
		text += (text.empty() ? "" : ", ") + std::string(line);
	}
	return text;
}

TEST(code_map, a_function_reaches_to_the_next_symbol)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	EXPECT_EQ(ranges(kernel.code_of({"vmlinux", "f", 0})),
		  "ffffffff81001000-ffffffff81002000 whole");
	EXPECT_EQ(ranges(kernel.code_of({"vmlinux", "twin", 2})),
		  "ffffffff81003000-ffffffff82000000 whole");
}

TEST(code_map, names_of_one_address_are_one_piece)
{
	Machine machine;
	machine.symbol("ffffffff81001000 t alias_of_f");
	EXPECT_EQ(ranges(machine.kernel().code_of({"vmlinux", "alias_of_f", 1})),
		  "ffffffff81001000-ffffffff81002000 whole");
	EXPECT_EQ(machine.kernel().function_at(0xffffffff81001fff), "f");
}

TEST(code_map, the_last_function_of_a_module_ends_with_its_page)
{
	Machine machine;
	machine.symbol("ffffffffc0001800 t other\t[other]");
	machine.symbol("ffffffffc0001900 t more\t[other]");
	Kernel kernel = machine.kernel();
	EXPECT_EQ(ranges(kernel.code_of({"target", "target_fn", 0})),
		  "ffffffffc0001000-ffffffffc0001800 whole");
	EXPECT_EQ(ranges(kernel.code_of({"other", "more", 0})),
		  "ffffffffc0001900-ffffffffc0002000 whole");
	EXPECT_EQ(kernel.function_at(0xffffffffc0001001), "target_fn [target]");
	EXPECT_EQ(kernel.function_at(0xffffffffc0002000), std::nullopt);
	EXPECT_EQ(kernel.function_at(0xffffffff80000000), std::nullopt);
}

TEST(code_map, cold_parts_come_along)
{
	Machine machine;
	machine.symbol("ffffffff81800000 t f.cold");
	machine.symbol("ffffffff81800040 t other.cold");
	machine.symbol("ffffffffc0000800 t f.cold\t[target]");
	EXPECT_EQ(ranges(machine.kernel().code_of({"vmlinux", "f", 0})),
		  "ffffffff81001000-ffffffff81002000 whole, "
		  "ffffffff81800000-ffffffff81800040 cold");
}

TEST(code_map, what_is_not_there_is_ENOENT)
{
	Machine machine;
	EXPECT_EQ(ranges(machine.kernel().code_of({"vmlinux", "twin", 3})),
		  "ENOENT: 'vmlinux' has no function 'twin' with the position 3");
	EXPECT_EQ(ranges(machine.kernel().code_of({"absent", "f", 0})),
		  "ENOENT: 'absent' has no function 'f' with the position 0");
}

TEST(code_map, hidden_addresses_are_ENODATA)
{
	Machine machine;
	machine.write("/proc/kallsyms", "0000000000000000 T f\n");
	EXPECT_EQ(ranges(machine.kernel().code_of({"vmlinux", "f", 0})),
		  "ENODATA: the kernel hides its addresses: not root, or kernel.kptr_restrict=2");
}

TEST(code_map, a_module_that_comes_makes_the_symbols_stale)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	EXPECT_FALSE(kernel.function_at(0xffffffffc0005000));
	machine.symbol("ffffffffc0005000 t fresh_fn\t[fresh]");
	// The same modules, one of them in use: nothing has changed.
	machine.write("/proc/modules", "target 16384 1 x, Live 0xffffffffc0000000 (OE)\n");
	EXPECT_FALSE(kernel.forget_symbols_if_stale());
	EXPECT_FALSE(kernel.function_at(0xffffffffc0005000));
	machine.write("/proc/modules", "fresh 4096 0 - Live 0xffffffffc0005000 (OE)\n"
				       "target 16384 1 x, Live 0xffffffffc0000000 (OE)\n");
	EXPECT_TRUE(kernel.forget_symbols_if_stale());
	EXPECT_EQ(kernel.function_at(0xffffffffc0005000), "fresh_fn [fresh]");
	EXPECT_FALSE(kernel.forget_symbols_if_stale());
}
