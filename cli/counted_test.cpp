// SPDX-License-Identifier: LGPL-2.1-or-later
#include "counted.hpp"

#include <gtest/gtest.h>

TEST(counted, one_is_no_plural)
{
	EXPECT_EQ(counted(0, "function"), "0 functions");
	EXPECT_EQ(counted(1, "function"), "1 function");
	EXPECT_EQ(counted(2, "function"), "2 functions");
}
