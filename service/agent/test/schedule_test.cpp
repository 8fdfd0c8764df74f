// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../schedule.hpp"

#include <gtest/gtest.h>

using namespace klp::agent;

namespace {

constexpr uint32_t middle = UINT32_MAX / 2 + 1;

int64_t seconds(RoundEnd end)
{
	return seconds_to_next_round(end);
}

}

TEST(agent_schedule, a_fifth_more_or_less)
{
	EXPECT_EQ(seconds({{}, 1800, 0, 0, 0}), 1440);
	EXPECT_EQ(seconds({{}, 1800, 0, 0, middle}), 1800);
	EXPECT_EQ(seconds({{}, 1800, 0, 0, UINT32_MAX}), 2160);
}

TEST(agent_schedule, the_owner_comes_first_and_no_hub_silences_a_machine)
{
	EXPECT_EQ(seconds({300, 1800, 0, 0, middle}), 300);
	EXPECT_EQ(seconds({{}, 7 * 24 * 3600, 0, 0, middle}), most_hub_interval);
	EXPECT_EQ(seconds({{}, 1, 0, 0, middle}), 60);
}

TEST(agent_schedule, failures_come_back_soon_and_then_later)
{
	EXPECT_EQ(seconds({{}, 1800, 1, 0, middle}), 60);
	EXPECT_EQ(seconds({{}, 1800, 3, 0, middle}), 240);
	EXPECT_EQ(seconds({{}, 1800, 6, 0, middle}), 1800);
	EXPECT_EQ(seconds({{}, 1800, 1'000'000, 0, middle}), 1800);
}

TEST(agent_schedule, retry_after_is_obeyed_up_to_a_day)
{
	EXPECT_EQ(seconds({{}, 1800, 1, 3600, middle}), 3600);
	EXPECT_EQ(seconds({{}, 1800, 0, 10, middle}), 1800);
	EXPECT_EQ(seconds({{}, 1800, 1, 1'000'000, middle}), most_retry_after);
}
