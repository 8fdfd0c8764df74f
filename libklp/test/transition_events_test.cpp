// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../transition_events.hpp"

#include "test_events.hpp"
#include "test_machine.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;
using Source = TransitionEvents::Source;

TEST(transition_events, the_first_source_that_is_there_is_taken_and_says_nothing)
{
	Machine machine;
	machine.write("/dev/kmsg", "");
	Kernel kernel = machine.kernel();
	TransitionEvents events =
		TransitionEvents::open(kernel, {.sources = {Source::kmsg, Source::runtime}});
	EXPECT_EQ(events.source(), Source::kmsg);
	EXPECT_EQ(events.why(), "");
	machine.append("/dev/kmsg", "6,1,5,-;livepatch: 'fix': starting patching transition\n");
	EXPECT_EQ(words(events.read().value()), "start fix in");
	EXPECT_EQ(words(events.read().value()), "");
}

TEST(transition_events, each_source_that_is_not_there_is_named)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	TransitionEvents events = TransitionEvents::open(
		kernel, {.sources = {Source::runtime, Source::bpf, Source::kmsg}});
	EXPECT_EQ(events.source(), Source::sysfs);
	for (const char *missing : {"/dev/klp_runtime", "BTF", "/dev/kmsg"})
		EXPECT_NE(events.why().find(missing), std::string::npos) << events.why();
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	EXPECT_EQ(words(events.read().value()), "start fix in");
}
