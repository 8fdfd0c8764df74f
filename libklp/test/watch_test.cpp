// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/watch.hpp>

#include "test_machine.hpp"
#include "test_tasks.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;
using std::chrono::milliseconds;

TEST(watch, falls_back_to_sysfs_and_says_why)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	Watch watch = Watch::open(kernel, true);
	EXPECT_STREQ(name_of(watch.source()), "sysfs");
	EXPECT_TRUE(watch.why().starts_with("the kernel has no BTF")) << watch.why();
	EXPECT_NE(watch.why().find("/dev/kmsg"), std::string::npos) << watch.why();
	EXPECT_TRUE(watch.wait(milliseconds(0), -1)->empty());
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	std::vector<TransitionEvent> events = watch.wait(milliseconds(0), -1).value();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].kind, TransitionEvent::Kind::start);
	EXPECT_EQ(events[0].patch, "fix");
}

TEST(watch, what_is_under_way_does_not_begin_again)
{
	Machine machine;
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	Kernel kernel = machine.kernel();
	Watch watch = Watch::open(kernel, false);
	EXPECT_TRUE(watch.wait(milliseconds(0), -1)->empty());
	machine.livepatch("fix", {"vmlinux/f,1"}, true, false);
	EXPECT_EQ(watch.wait(milliseconds(0), -1)->at(0).kind, TransitionEvent::Kind::complete);
}

TEST(watch, pending_tasks_come_from_proc)
{
	Machine machine;
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	ProcTask{.id = {412, 412}, .stack = "[<0>] f+0x1/0x2\n", .patch_state = 0}.write(machine);
	Kernel kernel = machine.kernel();
	Watch watch = Watch::open(kernel, false);
	Result<std::vector<Task>> pending = watch.pending("fix");
	ASSERT_EQ(said(pending), "no error");
	ASSERT_EQ(pending->size(), 1u);
	EXPECT_EQ(pending->at(0).function, "f");
	EXPECT_EQ(pending->at(0).patch_state, 0);
	EXPECT_EQ(pending->at(0).since, std::nullopt);
}
