// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../log_events.hpp"
#include "test_events.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;
using std::chrono::microseconds;

namespace {

std::string said_of(LoggedTransitions *transitions, const std::string &line)
{
	std::optional<TransitionEvent> event = transitions->take({microseconds(5), line});
	return event ? words({*event}) : "";
}

}

TEST(log_events, start_reversal_and_end_are_told)
{
	LoggedTransitions transitions({});
	EXPECT_EQ(said_of(&transitions, "livepatch: enabling patch 'fix'"), "");
	EXPECT_EQ(said_of(&transitions, "livepatch: 'fix': starting patching transition"),
		  "start fix in");
	EXPECT_EQ(said_of(&transitions, "livepatch: 'fix': starting unpatching transition"),
		  "reverse fix out");
	EXPECT_EQ(said_of(&transitions, "livepatch: 'fix': unpatching complete"),
		  "complete fix out");
	EXPECT_EQ(said_of(&transitions, "livepatch: 'fix': starting patching transition"),
		  "start fix in");
}

TEST(log_events, what_was_on_before_is_turned_round)
{
	LoggedTransitions transitions({loaded_patch("fix", true, true)});
	EXPECT_EQ(said_of(&transitions, "livepatch: 'fix': starting unpatching transition"),
		  "reverse fix out");
}

TEST(log_events, the_time_counts_from_the_last_start_by_the_log_s_own_clock)
{
	LoggedTransitions transitions({loaded_patch("before", true, true)});
	transitions.take({microseconds(1000), "livepatch: 'fix': starting patching transition"});
	transitions.take({microseconds(3000), "livepatch: 'fix': starting unpatching transition"});
	EXPECT_EQ(transitions.take({microseconds(7000), "livepatch: 'fix': unpatching complete"})
			  ->took->count(),
		  4);
	EXPECT_EQ(transitions.take({microseconds(9000), "livepatch: 'before': patching complete"})
			  ->took,
		  std::nullopt);
}

TEST(log_events, other_lines_say_nothing)
{
	LoggedTransitions transitions({});
	for (const char *line :
	     {"", "livepatch: '", "fix: starting patching transition",
	      "livepatch: 'fix': starting transition", "livepatch: 'fix': patching complete "})
		EXPECT_EQ(said_of(&transitions, line), "") << line;
}
