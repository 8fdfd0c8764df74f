// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../ftrace_sites.hpp"
#include "test_machine.hpp"

#include <gtest/gtest.h>

namespace klp {

using namespace test;

namespace {

constexpr uint64_t pages = Machine::read_only_data;
constexpr uint64_t enable_patch = 0xffffffff81000100;

// The list head, one page group, and its records.
std::string records(std::initializer_list<uint64_t> sites, int32_t index)
{
	std::string memory;
	put(&memory, 0x00, uint64_t{pages + 0x10});
	put(&memory, 0x10, uint64_t{0}); // next
	put(&memory, 0x18, uint64_t{pages + 0x40}); // records
	put(&memory, 0x20, index);
	memory.resize(0x40);
	for (uint64_t site : sites) {
		put(&memory, memory.size(), site);
		put(&memory, memory.size(), uint64_t{0});
	}
	return memory;
}

Result<FtraceSites> read(Machine &machine, const std::string &memory)
{
	machine.write("/proc/kcore", core_file(pages, memory));
	KernelMemory kcore = KernelMemory::open(machine.path() + "/proc/kcore").value();
	SymbolTable kallsyms =
		SymbolTable::parse_kallsyms("ffffffff81000100 T klp_enable_patch\n"
					    "ffffffff82000000 b ftrace_pages_start\n")
			.value();
	return FtraceSites::read(kcore, kallsyms);
}

}

TEST(ftrace_sites, a_site_is_at_the_function_or_behind_its_endbr)
{
	Machine machine;
	Result<FtraceSites> sites = read(machine, records({enable_patch, 0xffffffff81000204}, 2));
	ASSERT_TRUE(sites) << sites.error().message;
	EXPECT_TRUE(sites->has(0xffffffff81000200));
	EXPECT_TRUE(sites->has(0xffffffff81000204));
	EXPECT_FALSE(sites->has(0xffffffff810001ff));
	EXPECT_FALSE(sites->has(0xffffffff81000208));
}

TEST(ftrace_sites, records_without_a_function_that_must_be_there_are_not_believed)
{
	Machine machine;
	Result<FtraceSites> sites = read(machine, records({0xffffffff81000204}, 1));
	ASSERT_FALSE(sites);
	EXPECT_EQ(sites.error().code, ENODATA);
	EXPECT_EQ(sites.error().message, "ftrace's records do not hold klp_enable_patch");
}

TEST(ftrace_sites, a_site_outside_kernel_text_is_not_believed)
{
	Machine machine;
	Result<FtraceSites> sites = read(machine, records({enable_patch, 0x1234}, 2));
	ASSERT_FALSE(sites);
	EXPECT_EQ(sites.error().message,
		  "ftrace's records do not look as expected: a site at 0x1234");
}

TEST(ftrace_sites, a_count_that_cannot_be_is_not_believed)
{
	Machine machine;
	Result<FtraceSites> sites = read(machine, records({enable_patch}, -1));
	ASSERT_FALSE(sites);
	EXPECT_EQ(sites.error().message, "ftrace's records do not look as expected: -1 in a page");
}

}
