// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_machine.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <klp/transition.hpp>
#include <sys/eventfd.h>
#include <unistd.h>

using namespace klp;
using namespace klp::test;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

// A machine where sysfs is the only source, with the patch "fix" in transition.
struct InTransition {
	InTransition() { machine.livepatch("fix", {"vmlinux/f,1"}, true, true); }
	void end() { machine.livepatch("fix", {"vmlinux/f,1"}); }

	Machine machine;
	Kernel kernel = machine.kernel();
	Transition transition = Transition::follow(kernel, "fix", {.bpf = false, .runtime = false});
};

}

TEST(transition, wait_ends_when_sysfs_says_so)
{
	InTransition fix;
	EXPECT_STREQ(fix.transition.mode(), "sysfs");
	EXPECT_EQ(fix.transition.without_runtime(), "not wanted");
	int calls = 0;
	auto progress = [&](const Transition::Progress &progress) {
		EXPECT_GE(progress.elapsed, milliseconds(50));
		EXPECT_GT(progress.left, milliseconds(0));
		if (++calls == 2)
			fix.end();
	};
	auto begun = Clock::now();
	Result<Transition::End> end =
		fix.transition.wait({begun + std::chrono::minutes(1), -1, progress});
	ASSERT_TRUE(end) << end.error().message;
	EXPECT_EQ(*end, Transition::End::complete);
	EXPECT_EQ(calls, 2);
	// The second call comes a second after the first.
	EXPECT_GE(Clock::now() - begun, milliseconds(1000));
	// Nobody told its start.
	EXPECT_EQ(fix.transition.took(), std::nullopt);
}

TEST(transition, a_patch_that_is_gone_is_in_no_transition)
{
	InTransition fix;
	fix.machine.remove("/sys/kernel/livepatch/fix");
	EXPECT_EQ(fix.transition.wait({Clock::now(), -1, {}}).value(), Transition::End::complete);
}

TEST(transition, wait_ends_at_the_deadline_and_goes_on_in_another_call)
{
	InTransition fix;
	auto deadline = Clock::now() + milliseconds(30);
	EXPECT_EQ(fix.transition.wait({deadline, -1, {}}).value(), Transition::End::timed_out);
	EXPECT_GE(Clock::now(), deadline);
	fix.end();
	EXPECT_EQ(fix.transition.wait({deadline, -1, {}}).value(), Transition::End::complete);
}

TEST(transition, an_interrupt_ends_the_wait_but_not_before_sysfs_was_read)
{
	InTransition fix;
	int interrupt = eventfd(1, EFD_CLOEXEC);
	Transition::Waiting waiting = {Clock::now() + std::chrono::minutes(1), interrupt, {}};
	EXPECT_EQ(fix.transition.wait(waiting).value(), Transition::End::interrupted);
	fix.end();
	EXPECT_EQ(fix.transition.wait(waiting).value(), Transition::End::complete);
	close(interrupt);
}

TEST(transition, what_sysfs_cannot_tell_is_an_error)
{
	InTransition fix;
	fix.machine.write("/sys/kernel/livepatch/fix/transition", "maybe\n");
	Result<Transition::End> end = fix.transition.wait({Clock::now(), -1, {}});
	ASSERT_FALSE(end);
	EXPECT_EQ(end.error().code, EBADMSG) << end.error().message;
}
