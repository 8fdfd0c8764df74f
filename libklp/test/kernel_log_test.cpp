// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../kernel_log.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

TEST(kernel_log, what_comes_later_is_told_with_its_time)
{
	Root root;
	root.write("/dev/kmsg", "6,1,100,-;before\n");
	KernelLog log = KernelLog::follow(root.path()).value();
	EXPECT_TRUE(log.read_new().empty());
	root.append("/dev/kmsg",
		    "5,1234,5678901,-,caller=T1;livepatch: 'a;b': complete\n KEY=value\n");
	std::vector<LogMessage> messages = log.read_new();
	ASSERT_EQ(messages.size(), 1u);
	EXPECT_EQ(messages[0].text, "livepatch: 'a;b': complete");
	EXPECT_EQ(messages[0].time.count(), 5678901);
	root.append("/dev/kmsg", "no record\n");
	EXPECT_TRUE(log.read_new().empty());
}

TEST(kernel_log, a_log_that_may_not_be_read_is_told)
{
	Root root;
	EXPECT_EQ(said(KernelLog::follow(root.path()), root.path()),
		  "ENOENT: cannot open '/dev/kmsg': No such file or directory");
}
