// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exit_status.hpp"
#include "guarded.hpp"

#include <gtest/gtest.h>
#include <new>
#include <stdexcept>

static std::string said_by(const std::function<int()> &body, int expected)
{
	testing::internal::CaptureStderr();
	EXPECT_EQ(guarded("klp", exit_changed, "; see 'klp status'", body), expected);
	return testing::internal::GetCapturedStderr();
}

TEST(guarded, what_returns_says_nothing)
{
	EXPECT_EQ(said_by([] { return exit_nothing_to_patch; }, exit_nothing_to_patch), "");
}

TEST(guarded, every_exception_ends_in_words_and_a_status)
{
	EXPECT_EQ(said_by([]() -> int { throw std::bad_alloc(); }, exit_changed),
		  "klp: out of memory; see 'klp status'\n");
	EXPECT_EQ(said_by([]() -> int { throw std::runtime_error("a\nb"); }, exit_changed),
		  "klp: unexpected: a?b; see 'klp status'\n");
	EXPECT_EQ(said_by([]() -> int { throw 1; }, exit_changed),
		  "klp: an exception of an unknown kind; see 'klp status'\n");
}
