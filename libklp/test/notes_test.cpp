// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../module/notes.hpp"
#include "test_elf.hpp"

#include <elf.h>
#include <gtest/gtest.h>

using klp::gnu_build_id;
using klp::note;
using klp::test::to_bytes;

TEST(notes, a_build_id_stands_behind_other_notes)
{
	const std::string build_id = note("GNU", NT_GNU_BUILD_ID, "\x12\x34");
	EXPECT_EQ(gnu_build_id(to_bytes(note("Linux", 6, "odd") + build_id)), "1234");
	EXPECT_EQ(gnu_build_id(to_bytes(note("Xen", NT_GNU_BUILD_ID, "x"))), "");
	EXPECT_EQ(gnu_build_id(to_bytes(build_id.substr(0, build_id.size() - 3))), "");
	EXPECT_EQ(gnu_build_id(to_bytes(std::string(16, '\xff'))), "");
}

TEST(notes, are_padded_to_four_bytes)
{
	std::string bytes = note("klp", 2, "odd") + note("linux", 1, "");
	EXPECT_EQ(bytes.size(), 12u + 4 + 4 + 12 + 8);
	std::vector<std::byte> section = to_bytes(bytes);
	klp::Notes notes(section);
	std::optional<klp::Note> first = notes.next(), second = notes.next();
	ASSERT_TRUE(first && second);
	EXPECT_EQ(first->owner, "klp");
	EXPECT_EQ(first->type, 2u);
	EXPECT_EQ(first->descriptor.size(), 3u);
	EXPECT_EQ(second->owner, "linux");
	EXPECT_TRUE(second->descriptor.empty());
	EXPECT_FALSE(notes.next());
	EXPECT_FALSE(notes.is_broken());
}

TEST(notes, end_where_the_bytes_are_no_note)
{
	std::vector<std::byte> section = to_bytes(note("klp", 1, "x") + "cut");
	klp::Notes notes(section);
	EXPECT_TRUE(notes.next());
	EXPECT_FALSE(notes.next());
	EXPECT_TRUE(notes.is_broken());
}
