// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../nice_boost.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

using namespace klp;

TEST(nice_boost, it_is_given_back)
{
	int before = getpriority(PRIO_PROCESS, 0);
	{
		NiceBoost precedence;
		EXPECT_LE(getpriority(PRIO_PROCESS, 0), before);
	}
	EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before);
}
