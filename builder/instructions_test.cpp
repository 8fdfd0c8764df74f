// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_said.hpp"
#include "instructions.hpp"
#include "test_objects.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::vector<Instruction> decoded(std::string_view code)
{
	Result<std::vector<Instruction>> found = decode_instructions(to_bytes(code));
	if (!found)
		throw std::runtime_error(found.error().message);
	return *found;
}

}

TEST(instructions, follow_each_other_to_the_end)
{
	// endbr64; push %rbp; nopl; ret
	std::vector<Instruction> list = decoded({"\xf3\x0f\x1e\xfa\x55\x0f\x1f\x44\0\0\xc3", 11});
	ASSERT_EQ(list.size(), 4u);
	EXPECT_EQ(list[0].length, 4);
	EXPECT_EQ(list[1].offset, 4u);
	EXPECT_EQ(list[2].length, 5);
	EXPECT_EQ(list[3].offset, 10u);
	EXPECT_TRUE(decoded("").empty());
}

TEST(instructions, a_branch_has_a_target_in_the_same_bytes)
{
	// call +0x10; jmp -2 (to itself); jne +0x100
	std::vector<Instruction> list = decoded({"\xe8\x10\0\0\0\xeb\xfe\x0f\x85\0\x01\0\0", 13});
	ASSERT_EQ(list.size(), 3u);
	EXPECT_EQ(list[0].operand, 1);
	EXPECT_EQ(list[0].operand_size, 4);
	EXPECT_EQ(list[0].target, 0x15);
	EXPECT_EQ(list[1].operand, 1);
	EXPECT_EQ(list[1].operand_size, 1);
	EXPECT_EQ(list[1].target, 5);
	EXPECT_EQ(list[2].operand, 2);
	EXPECT_EQ(list[2].target, 13 + 0x100);
}

TEST(instructions, an_indirect_branch_has_no_target)
{
	// jmp *%rax; call *0x10(%rip)
	std::vector<Instruction> list = decoded({"\xff\xe0\xff\x15\x10\0\0\0", 8});
	ASSERT_EQ(list.size(), 2u);
	EXPECT_EQ(list[0].operand, 0);
	EXPECT_EQ(list[1].operand, 0);
}

TEST(instructions, an_address_is_made_a_value_of_by_lea_and_by_mov)
{
	// lea 0(%rip),%rax; mov $0,%rdi; mov 0(%rip),%eax; movl $0,0(%rip); push $0
	std::vector<Instruction> list =
		decoded({"\x48\x8d\x05\0\0\0\0\x48\xc7\xc7\0\0\0\0\x8b\x05\0\0\0\0"
			 "\xc7\x05\0\0\0\0\0\0\0\0\x68\0\0\0\0\x83\xc0\x01",
			 38});
	ASSERT_EQ(list.size(), 6u);
	EXPECT_EQ(list[0].address, 3);
	EXPECT_EQ(list[1].address, 3);
	EXPECT_EQ(list[2].address, 0);
	EXPECT_EQ(list[3].address, 6);
	EXPECT_EQ(list[4].address, 1);
	EXPECT_EQ(list[5].address, 0); // add $1: too small for an address
}

TEST(instructions, what_is_none_is_EBADMSG)
{
	EXPECT_EQ(said(decode_instructions(to_bytes("\x90\x06"))),
		  "EBADMSG: +0x1: no x86-64 instruction");
	// The last one is cut off.
	EXPECT_EQ(said(decode_instructions(to_bytes({"\x90\xe8\0\0", 4}))),
		  "EBADMSG: +0x1: no x86-64 instruction");
}
