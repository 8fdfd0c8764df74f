// SPDX-License-Identifier: LGPL-2.1-or-later
#include "line_numbers.hpp"

#include <gtest/gtest.h>

using namespace klp;

namespace {

// numbers: of each line before the fix, 0 for one that is new.
std::string numbered(const std::string &text, const std::vector<size_t> &numbers)
{
	std::vector<SourceLine> lines = lines_of_source(text);
	EXPECT_EQ(lines.size(), numbers.size());
	for (size_t i = 0; i < lines.size(); i++)
		lines[i].before = numbers[i];
	return with_line_numbers(lines);
}

}

TEST(with_line_numbers, a_longer_stretch_is_followed_by_the_count_that_was)
{
	EXPECT_EQ(numbered("1\nnew\n2\n3\n", {1, 0, 2, 3}), "1\nnew\n#line 2\n2\n3\n");
	EXPECT_EQ(numbered("1\n3\n", {1, 3}), "1\n#line 3\n3\n");
	EXPECT_EQ(numbered("1\nx\ny\n3\n", {1, 0, 0, 3}), "1\nx\ny\n#line 3\n3\n");
	EXPECT_EQ(numbered("new\n1\n", {0, 1}), "new\n#line 1\n1\n");
	EXPECT_EQ(numbered("2\n", {2}), "#line 2\n2\n");
}

TEST(with_line_numbers, a_stretch_as_long_as_before_needs_none)
{
	EXPECT_EQ(numbered("1\nx\n3\n", {1, 0, 3}), "1\nx\n3\n");
	EXPECT_EQ(numbered("1\n2\n", {1, 2}), "1\n2\n");
}

TEST(with_line_numbers, each_stretch_counts_for_itself)
{
	EXPECT_EQ(numbered("1\nnew\n2\n3\nx\n6\n", {1, 0, 2, 3, 0, 6}),
		  "1\nnew\n#line 2\n2\n3\nx\n#line 6\n6\n");
	// The second one makes up for the first.
	EXPECT_EQ(numbered("1\nnew\n2\n4\n", {1, 0, 2, 4}), "1\nnew\n#line 2\n2\n#line 4\n4\n");
}

TEST(with_line_numbers, at_the_end_of_the_file_there_is_nothing_to_count)
{
	EXPECT_EQ(numbered("1\nnew\n", {1, 0}), "1\nnew\n");
	EXPECT_EQ(numbered("1\nnew", {1, 0}), "1\nnew");
	EXPECT_EQ(numbered("", {}), "");
}

TEST(with_line_numbers, none_is_put_into_a_comment)
{
	EXPECT_EQ(numbered("/* a\nnew\nb */ x\n3\n", {1, 0, 2, 3}),
		  "/* a\nnew\nb */ x\n#line 3\n3\n");
	// These lines only look like the begin of a comment that goes on.
	EXPECT_EQ(numbered("\"/*\"\nnew\n2\n", {1, 0, 2}), "\"/*\"\nnew\n#line 2\n2\n");
	EXPECT_EQ(numbered("'\\'/*'\nnew\n2\n", {1, 0, 2}), "'\\'/*'\nnew\n#line 2\n2\n");
	EXPECT_EQ(numbered("// /*\nnew\n2\n", {1, 0, 2}), "// /*\nnew\n#line 2\n2\n");
	EXPECT_EQ(numbered("/* \" */\nnew\n2\n", {1, 0, 2}), "/* \" */\nnew\n#line 2\n2\n");
}

TEST(with_line_numbers, none_is_put_behind_a_line_that_goes_on)
{
	EXPECT_EQ(numbered("#define A \\\nnew \\\n2 \\\n3\n4\n", {1, 0, 2, 3, 4}),
		  "#define A \\\nnew \\\n2 \\\n3\n#line 4\n4\n");
}
