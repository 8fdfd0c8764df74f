// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../sysfs_events.hpp"
#include "test_events.hpp"
#include "test_machine.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

TEST(sysfs_events, start_reversal_and_end_are_seen)
{
	SeenTransitions seen;
	EXPECT_EQ(words(seen.take({loaded_patch("idle", true, false)})), "");
	EXPECT_EQ(words(seen.take({loaded_patch("fix", true, true)})), "start fix in");
	EXPECT_EQ(words(seen.take({loaded_patch("fix", true, true)})), "");
	EXPECT_EQ(words(seen.take({loaded_patch("fix", false, true)})), "reverse fix out");
	EXPECT_EQ(words(seen.take({loaded_patch("fix", true, true)})), "reverse fix in");
	EXPECT_EQ(words(seen.take({loaded_patch("fix", true, false)})), "complete fix in");
	EXPECT_EQ(words(seen.take({loaded_patch("fix", false, true)})), "start fix out");
	EXPECT_EQ(words(seen.take({})), "complete fix out");
}

TEST(sysfs_events, a_patch_on_its_way_in_is_not_enabled_at_first)
{
	SeenTransitions seen;
	LoadedPatch coming = loaded_patch("fix", false, true);
	coming.being_inserted = true;
	EXPECT_EQ(words(seen.take({coming})), "start fix in");
	EXPECT_EQ(words(seen.take({loaded_patch("fix", true, true)})), "");
	EXPECT_EQ(words(seen.take({loaded_patch("fix", false, true)})), "reverse fix out");
}

TEST(sysfs_events, what_is_on_does_not_begin_again)
{
	Machine machine;
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	Kernel kernel = machine.kernel();
	SysfsEvents events(kernel);
	EXPECT_EQ(words(events.read().value()), "");
	machine.livepatch("fix", {"vmlinux/f,1"}, true, false);
	EXPECT_EQ(words(events.read().value()), "complete fix in");
	EXPECT_EQ(events.fd(), -1);
}
