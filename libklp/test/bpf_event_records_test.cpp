// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../bpf_event_records.hpp"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

using namespace klp;

TEST(bpf_event_records, a_task_in_the_way_is_told)
{
	klprt_transition_event record = {};
	record.time_ns = 5'000'000'123;
	record.kind = KLPRT_TASK;
	record.target = 1;
	record.pass = 3;
	record.blocked = 2;
	record.switched = 40;
	record.verdict = -EADDRINUSE;
	record.tid = 413;
	record.tgid = 412;
	strcpy(record.comm, "nginx");
	strcpy(record.function, "inet_csk_accept");
	// A name that fills its field has no end.
	memset(record.patch, 'p', sizeof(record.patch));
	TransitionEvent event = event_of(record);
	EXPECT_EQ(event.time.time_since_epoch().count(), 5'000'000'123);
	EXPECT_STREQ(name_of(event.kind), "task");
	EXPECT_EQ(event.patching, true);
	EXPECT_EQ(event.pass, 3u);
	EXPECT_EQ(event.blocked, 2u);
	EXPECT_EQ(event.switched, 40u);
	EXPECT_STREQ(name_of(event.task.reason), "in-function");
	EXPECT_EQ(event.task.tid, 413);
	EXPECT_EQ(event.task.tgid, 412);
	EXPECT_EQ(event.task.comm, "nginx");
	EXPECT_FALSE(event.task.kernel_thread);
	EXPECT_EQ(event.task.function, "inet_csk_accept");
	EXPECT_EQ(event.patch, std::string(KLPRT_MODULE_NAME, 'p'));
}

TEST(bpf_event_records, what_began_unseen_has_no_direction)
{
	klprt_transition_event record = {};
	record.kind = KLPRT_COMPLETE;
	record.target = -1;
	TransitionEvent event = event_of(record);
	EXPECT_EQ(event.patching, std::nullopt);
	EXPECT_EQ(event.patch, "");
	EXPECT_EQ(event.task.reason, Task::Reason::none);
}

TEST(bpf_event_records, the_kernel_s_verdicts_have_names)
{
	auto reason = [](int verdict) {
		klprt_transition_event record = {};
		record.verdict = verdict;
		return std::string(name_of(event_of(record).task.reason));
	};
	EXPECT_EQ(reason(-EBUSY), "running");
	EXPECT_EQ(reason(-EINVAL), "unreliable-stack");
	EXPECT_EQ(reason(-ENOMEM), "other");
	EXPECT_EQ(reason(0), "");
}
