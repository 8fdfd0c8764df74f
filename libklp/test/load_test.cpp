// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_machine.hpp"

#include <gtest/gtest.h>
#include <klp/load.hpp>
#include <unistd.h>

using namespace klp;
using namespace klp::test;

// The check of a patch that names 10,000 functions may be long, and load() holds the lock
// meanwhile.
struct Load : testing::Test {
	Load()
	{
		machine.folder("/run");
		patch.objects = {{"", {}}};
		for (int i = 0; i < 10'000; i++)
			patch.objects[0].functions.push_back(
				{"no_such_function_" + std::to_string(i)});
		options.aids = {.assist = false, .bpf = false, .runtime = false};
		options.checked = [&](const Report &) { checked = true; };
	}

	LoadOutcome run()
	{
		Result<PatchFile> file = patch.parse();
		Kernel kernel = machine.kernel();
		return load(*file, kernel, options);
	}

	Machine machine;
	Patch patch;
	LoadOptions options;
	bool checked = false;
};

TEST_F(Load, the_deadline_ends_the_check)
{
	options.timeout = std::chrono::milliseconds(1);
	LoadOutcome outcome = run();
	EXPECT_EQ(outcome.result, LoadResult::failed);
	EXPECT_EQ(outcome.code, ETIMEDOUT);
	EXPECT_EQ(outcome.message, "the check did not end within the timeout; nothing was loaded");
	EXPECT_FALSE(checked);
	EXPECT_FALSE(outcome.changed);
}

TEST_F(Load, an_interrupt_ends_the_check)
{
	int pipe_ends[2];
	ASSERT_EQ(pipe(pipe_ends), 0);
	close(pipe_ends[1]);
	options.interrupt_fd = pipe_ends[0];
	LoadOutcome outcome = run();
	close(pipe_ends[0]);
	EXPECT_EQ(outcome.result, LoadResult::failed);
	EXPECT_EQ(outcome.code, ECANCELED);
	EXPECT_EQ(outcome.message, "interrupted while the patch was checked; nothing was loaded");
	EXPECT_FALSE(checked);
}
