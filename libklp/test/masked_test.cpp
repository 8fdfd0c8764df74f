// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../fail.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <klp/error.hpp>
#include <klp/masked.hpp>

using klp::masked;
using namespace std::string_view_literals;

TEST(masked, ordinary_words_stay_as_they_are)
{
	EXPECT_EQ(masked("kworker/u8:2-events"), "kworker/u8:2-events");
	EXPECT_EQ(masked("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
		  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
	EXPECT_EQ(masked(""), "");
}

TEST(masked, a_newline_forges_no_line)
{
	EXPECT_EQ(masked("x\nok: applied"), "x?ok: applied");
	EXPECT_EQ(masked("a\r\tb\0c\x1b[31m\x7f"sv), "a??b?c?[31m?");
}

TEST(masked, the_upper_controls_are_as_the_lower)
{
	EXPECT_EQ(masked("a\xc2\x9b"
			 "31m\xc2\x80\xc2\x9f\xc2\xa0"),
		  "a?31m??\xc2\xa0");
}

TEST(masked, lines_and_directions_of_unicode)
{
	EXPECT_EQ(masked("a\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xe2\x81\xa6\xd8\x9c"
			 "b"),
		  "a?????b");
}

TEST(masked, what_is_no_utf8_goes_byte_by_byte)
{
	EXPECT_EQ(masked("\x9b"
			 "31m"),
		  "?31m"); // CSI in one byte
	EXPECT_EQ(masked("\xc0\x8a"), "??"); // a newline written too long
	EXPECT_EQ(masked("\xe0\x80\x8a"), "???");
	EXPECT_EQ(masked("\xed\xa0\x80"), "???"); // a surrogate
	EXPECT_EQ(masked("\xf4\x90\x80\x80"), "????"); // beyond U+10FFFF
	EXPECT_EQ(masked("a\xe2\x82"), "a??"); // cut short
	EXPECT_EQ(masked("\xe2\n\x82"), "???"); // a newline inside
}

TEST(masked, so_is_what_an_error_says)
{
	klp::Result<> failed = klp::fail(EINVAL, "no module '%s'", "x\nok\xc2\x9b\xff");
	EXPECT_EQ(failed.error().message, "no module 'x?ok?\?'");
}
