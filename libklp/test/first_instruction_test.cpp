// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../first_instruction.hpp"

#include <gtest/gtest.h>
#include <vector>

using namespace klp;

static size_t first(std::vector<unsigned char> code)
{
	code.resize(16, 0x55);
	return first_instruction(code);
}

TEST(first_instruction, is_behind_ftrace_s_call)
{
	EXPECT_EQ(first({0x0f, 0x1f, 0x44, 0x00, 0x00}), 5u); // switched off
	EXPECT_EQ(first({0xe8, 0x01, 0x02, 0x03, 0x04}), 5u); // switched on
}

TEST(first_instruction, is_behind_ENDBR_and_what_replaces_it)
{
	EXPECT_EQ(first({0xf3, 0x0f, 0x1e, 0xfa, 0xe8}), 9u);
	EXPECT_EQ(first({0x66, 0x0f, 0x1f, 0x00, 0x0f, 0x1f, 0x44, 0x00, 0x00}), 9u);
	EXPECT_EQ(first({0x0f, 0x1f, 0x40, 0xd6, 0xe8}), 9u);
}

TEST(first_instruction, without_ftrace_is_the_first_of_all)
{
	EXPECT_EQ(first({0x55, 0x48, 0x89, 0xe5}), 0u);
	EXPECT_EQ(first({0xf3, 0x0f, 0x1e, 0xfa, 0x55}), 4u);
}
