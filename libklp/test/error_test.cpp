// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../try.hpp"
#include "test_said.hpp"

#include <cerrno>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

TEST(error, carries_a_code_and_a_formatted_message)
{
	Result<> result = fail(ENOENT, "no module '%s' in %d places", "fix", 3);
	EXPECT_EQ(said(result), "ENOENT: no module 'fix' in 3 places");
}

TEST(error, a_message_of_any_length_is_kept_whole)
{
	Result<> result = fail(EIO, "%s", std::string(5000, 'x').c_str());
	EXPECT_EQ(result.error().message, std::string(5000, 'x'));
}

TEST(error, what_it_quotes_cannot_steer_a_terminal)
{
	Result<> result = fail(EBADMSG, "'%s'", "\033[2Jfix\n\x7f");
	EXPECT_EQ(said(result), "EBADMSG: '?[2Jfix?"
				"?'");
}

TEST(error, try_hands_it_to_the_caller)
{
	auto length = [](Result<std::string> text) -> Result<size_t> {
		std::string value = TRY(std::move(text));
		return value.size();
	};
	EXPECT_EQ(length("four").value(), 4u);
	EXPECT_EQ(said(length(fail(EIO, "gone"))), "EIO: gone");
}
