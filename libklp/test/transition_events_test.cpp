// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../fail.hpp"
#include "../transition_events.hpp"

#include "test_events.hpp"
#include "test_machine.hpp"

#include <cerrno>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;
using Source = TransitionEvents::Source;

namespace {

// One event, then an error for good: no stock machine has a device that breaks on demand.
class Breaking : public EventReader {
public:
	Result<std::vector<TransitionEvent>> read() override
	{
		if (was_read_)
			return fail(EPROTO, "the device broke");
		was_read_ = true;
		TransitionEvent event;
		event.kind = TransitionEvent::Kind::start;
		event.patch = "fix";
		event.patching = true;
		return std::vector{event};
	}
	uint64_t lost() const override { return 3; }
	int fd() const override { return -1; }

private:
	bool was_read_ = false;
};

Result<std::unique_ptr<EventReader>> runtime_breaks(Source source, Kernel &kernel,
						    BpfEvents::Detail detail)
{
	if (source == Source::runtime)
		return std::unique_ptr<EventReader>(new Breaking);
	return TransitionEvents::open_source(source, kernel, detail);
}

}

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

TEST(transition_events, the_next_source_replaces_one_that_fails)
{
	Machine machine;
	machine.write("/dev/kmsg", "");
	Kernel kernel = machine.kernel();
	TransitionEvents events = TransitionEvents::open(
		kernel, {.sources = {Source::runtime, Source::kmsg}}, runtime_breaks);
	EXPECT_EQ(events.source(), Source::runtime);
	EXPECT_EQ(words(events.read().value()), "start fix in");
	EXPECT_EQ(words(events.read().value()), "");
	EXPECT_EQ(events.source(), Source::kmsg);
	EXPECT_EQ(events.why(), "the device broke");
	EXPECT_EQ(events.lost(), 3u);
	machine.append("/dev/kmsg", "6,1,5,-;livepatch: 'fix': patching complete\n");
	EXPECT_EQ(words(events.read().value()), "complete fix in");
}
