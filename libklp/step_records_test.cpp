// SPDX-License-Identifier: LGPL-2.1-or-later
#include "step_records.hpp"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

using namespace klp;

TEST(step_records, a_task_in_the_way_is_told)
{
	klprt_step record = {};
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
	Step step = read_step(record);
	EXPECT_EQ(step.time.time_since_epoch().count(), 5'000'000'123);
	EXPECT_STREQ(name_of(step.kind), "task");
	EXPECT_EQ(step.patching, true);
	EXPECT_EQ(step.pass, 3u);
	EXPECT_EQ(step.blocked, 2u);
	EXPECT_EQ(step.switched, 40u);
	EXPECT_STREQ(name_of(step.reason), "in-function");
	EXPECT_EQ(step.task.tid, 413);
	EXPECT_EQ(step.task.tgid, 412);
	EXPECT_EQ(step.task.comm, "nginx");
	EXPECT_FALSE(step.task.kernel_thread);
	EXPECT_EQ(step.task.function, "inet_csk_accept");
	EXPECT_EQ(step.patch, std::string(KLPRT_MODULE_NAME, 'p'));
}

TEST(step_records, what_began_unseen_has_no_direction)
{
	klprt_step record = {};
	record.kind = KLPRT_COMPLETE;
	record.target = -1;
	Step step = read_step(record);
	EXPECT_EQ(step.patching, std::nullopt);
	EXPECT_EQ(step.patch, "");
	EXPECT_EQ(step.reason, Step::Reason::none);
}

TEST(step_records, the_kernel_s_verdicts_have_names)
{
	auto reason = [](int verdict) {
		klprt_step record = {};
		record.verdict = verdict;
		return std::string(name_of(read_step(record).reason));
	};
	EXPECT_EQ(reason(-EBUSY), "running");
	EXPECT_EQ(reason(-EINVAL), "unreliable-stack");
	EXPECT_EQ(reason(-ENOMEM), "other");
	EXPECT_EQ(reason(0), "");
}
