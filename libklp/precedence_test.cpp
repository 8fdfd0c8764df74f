// SPDX-License-Identifier: LGPL-2.1-or-later
#include "precedence.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

using namespace klp;

TEST(precedence, it_is_given_back)
{
	int before = getpriority(PRIO_PROCESS, 0);
	{
		Precedence precedence;
		EXPECT_LE(getpriority(PRIO_PROCESS, 0), before);
	}
	EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before);
}
