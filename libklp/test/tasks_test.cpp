// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_tasks.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

TEST(tasks, all_threads_of_all_processes_are_listed)
{
	Root root;
	for (TaskId id : {TaskId{1, 1}, TaskId{20, 20}, TaskId{20, 21}})
		ProcTask{.id = id}.write(root);
	root.folder("/proc/sys");
	root.folder("/proc/30"); // the task ended meanwhile
	EXPECT_EQ(list_tasks(root.path()).value(),
		  (std::vector<TaskId>{{1, 1}, {20, 20}, {20, 21}}));
	root.remove("/proc");
	EXPECT_EQ(said(list_tasks(root.path()), root.path()),
		  "ENOENT: cannot list '/proc': No such file or directory");
}

TEST(tasks, stat_is_read_past_any_name)
{
	Root root;
	std::string name = "a)\nR (b";
	ProcTask{.id = {5, 6}, .comm = name, .state = 'D', .start_time = 42}.write(root);
	Result<TaskStat> stat = read_task_stat(root.path(), {5, 6});
	ASSERT_EQ(said(stat), "no error");
	EXPECT_EQ(stat->comm, name);
	EXPECT_EQ(stat->state, 'D');
	EXPECT_FALSE(stat->kernel_thread);
	EXPECT_EQ(stat->start_time, 42u);
	EXPECT_EQ(stat->processor, -1);
	ProcTask{.id = {5, 6}, .flags = 0x208040}.write(root);
	EXPECT_TRUE(read_task_stat(root.path(), {5, 6})->kernel_thread);
}

TEST(tasks, a_stat_of_another_form_is_EBADMSG)
{
	Root root;
	for (const char *line :
	     {"", "5 sleeper S 1", "5 )sleeper( S", "5 (sleeper) S 1 1 1 0 -1"}) {
		root.write("/proc/5/task/5/stat", line);
		EXPECT_EQ(said(read_task_stat(root.path(), {5, 5})),
			  "EBADMSG: cannot read the stat of task 5");
	}
}

TEST(tasks, one_that_has_ended_is_ENOENT)
{
	Root root;
	EXPECT_EQ(said(read_task_stat(root.path(), {5, 5}), root.path()),
		  "ENOENT: cannot open '/proc/5/task/5/stat': No such file or directory");
}

TEST(tasks, a_stack_names_functions_and_modules)
{
	Root root;
	ProcTask{
		.id = {5, 5},
		.stack =
			"[<0>] pipe_read+0x2d1/0x400\n[<0>] new_f+0x10/0x20 [fix]\n[<0>] 0xffffffffc0123456\n"}
		.write(root);
	EXPECT_EQ(read_task_stack(root.path(), {5, 5}).value(),
		  (std::vector<std::string>{"pipe_read", "new_f [fix]", "0xffffffffc0123456"}));
	root.write("/proc/5/task/5/stack", "");
	EXPECT_TRUE(read_task_stack(root.path(), {5, 5})->empty());
}

TEST(tasks, patch_state_is_a_number)
{
	Root root;
	for (int state : {-1, 0, 1}) {
		ProcTask{.id = {5, 5}, .patch_state = state}.write(root);
		EXPECT_EQ(read_patch_state(root.path(), {5, 5}).value(), state);
	}
	root.write("/proc/5/task/5/patch_state", "idle\n");
	EXPECT_EQ(said(read_patch_state(root.path(), {5, 5})),
		  "EBADMSG: task 5 has the patch state 'idle'");
}

TEST(tasks, runs_are_the_third_number_of_schedstat)
{
	Root root;
	ProcTask{.id = {5, 5}, .runs = 40}.write(root);
	EXPECT_EQ(read_task_runs(root.path(), {5, 5}).value(), 40u);
	root.write("/proc/5/task/5/schedstat", "1 2\n");
	EXPECT_EQ(said(read_task_runs(root.path(), {5, 5})),
		  "EBADMSG: the schedstat of task 5 has no count of runs");
}

TEST(tasks, a_description_names_the_function_that_matters)
{
	Root root;
	ProcTask{.id = {5, 6},
		 .stack = "[<0>] msleep+0x2f/0x50\n[<0>] f.cold+0x1/0x9\n[<0>] g+0x1/0x2\n"}
		.write(root);
	auto described = describe_task(root.path(), {5, 6}, {"f", "g"});
	ASSERT_TRUE(described);
	EXPECT_EQ(described->tid, 6);
	EXPECT_EQ(described->tgid, 5);
	EXPECT_EQ(described->comm, "sleeper");
	EXPECT_EQ(described->function, "f.cold");
	EXPECT_EQ(described->waits_in, "msleep");
	EXPECT_EQ(describe_task(root.path(), {5, 6}, {"fg"})->function, "");
	EXPECT_FALSE(describe_task(root.path(), {5, 7}, {"f"}));
}

TEST(tasks, a_description_names_any_function_of_a_module)
{
	Root root;
	ProcTask{.id = {5, 5},
		 .stack = "[<0>] new_f.part.0+0x10/0x20 [fix]\n[<0>] h+0x1/0x2 [fixed]\n"}
		.write(root);
	EXPECT_EQ(describe_task(root.path(), {5, 5}, {"[fix]"})->function, "new_f.part.0 [fix]");
	EXPECT_EQ(describe_task(root.path(), {5, 5}, {"[fixed]"})->function, "h [fixed]");
	EXPECT_EQ(describe_task(root.path(), {5, 5}, {"[other]"})->function, "");
}

TEST(tasks, a_hidden_stack_leaves_the_rest_of_a_description)
{
	Root root;
	ProcTask{.id = {5, 5}, .state = 'R'}.write(root);
	root.remove("/proc/5/task/5/stack");
	auto described = describe_task(root.path(), {5, 5}, {"f"});
	ASSERT_TRUE(described);
	EXPECT_EQ(described->state, 'R');
	EXPECT_EQ(described->function, "");
	EXPECT_EQ(described->waits_in, "");
}
