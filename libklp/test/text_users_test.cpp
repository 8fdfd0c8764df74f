// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../text_users.hpp"
#include "test_tasks.hpp"

#include <filesystem>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

const std::string entry = "[<0>] entry_SYSCALL_64_after_hwframe+0x78/0xe2\n";
const std::string inside = "[<0>] msleep+0x2f/0x50\n[<0>] new_f+0x10/0x20 [fix]\n" + entry;
const std::string outside = "[<0>] msleep+0x2f/0x50\n[<0>] f+0x10/0x20\n" + entry;

struct Drain : testing::Test {
	Drain()
	{
		task.write(root);
		in_pid_namespace("pid:[4026531836]");
	}

	void in_pid_namespace(const std::string &name)
	{
		root.remove("/proc/self");
		root.folder("/proc/self/ns");
		std::filesystem::create_symlink(name, root.path() + "/proc/self/ns/pid");
	}

	void begin()
	{
		Result<TextUsers> begun = TextUsers::begin(root.path(), "fix");
		ASSERT_EQ(said(begun), "no error");
		users = std::move(*begun);
	}
	void sleeps(const std::string &stack)
	{
		task.stack = stack;
		task.write(root);
	}
	// The tasks that may be inside: "5:function,waits_in", or "nobody".
	std::string look()
	{
		Result<std::vector<Task>> tasks = users->look();
		if (!tasks)
			return said(tasks);
		std::string names;
		for (const Task &entry : *tasks)
			names += std::to_string(entry.tid) + ":" + entry.function + "," +
				 entry.waits_in;
		return names.empty() ? "nobody" : names;
	}

	Root root;
	ProcTask task = {.id = {5, 5}};
	std::optional<TextUsers> users;
};

}

TEST_F(Drain, a_task_asleep_elsewhere_is_outside)
{
	sleeps(outside);
	begin();
	EXPECT_EQ(look(), "nobody");
}

TEST_F(Drain, a_task_asleep_in_the_module_is_named)
{
	sleeps(inside);
	begin();
	EXPECT_EQ(look(), "5:new_f [fix],msleep");
}

TEST_F(Drain, a_module_of_a_longer_name_is_another)
{
	task.stack = "[<0>] new_f+0x10/0x20 [hotfix]\n[<0>] g+0x1/0x2 [fix2]\n" + entry;
	task.write(root);
	begin();
	EXPECT_EQ(look(), "nobody");
}

TEST_F(Drain, once_outside_a_task_need_not_be_looked_at_again)
{
	sleeps(outside);
	begin();
	EXPECT_EQ(look(), "nobody");
	sleeps(inside);
	EXPECT_EQ(look(), "nobody");
}

TEST_F(Drain, a_task_that_leaves_is_seen_to)
{
	sleeps(inside);
	begin();
	EXPECT_EQ(look(), "5:new_f [fix],msleep");
	sleeps(outside);
	EXPECT_EQ(look(), "nobody");
}

TEST_F(Drain, a_thread_that_calls_exec_goes_on_as_its_process)
{
	sleeps(outside);
	ProcTask thread = {.id = {5, 6}};
	thread.stack = inside;
	thread.write(root);
	begin();
	EXPECT_EQ(look(), "6:new_f [fix],msleep");
	root.remove(thread.folder());
	sleeps(inside);
	EXPECT_EQ(look(), "5:new_f [fix],msleep");
	sleeps(outside);
	EXPECT_EQ(look(), "nobody");
}

TEST_F(Drain, a_thread_that_is_gone_when_it_is_looked_at_may_be_its_process)
{
	sleeps(outside);
	ProcTask thread = {.id = {5, 6}};
	begin();
	EXPECT_EQ(look(), "nobody");
	root.folder(thread.folder());
	sleeps(inside);
	EXPECT_EQ(look(), "5:new_f [fix],msleep");
}

TEST_F(Drain, a_stack_that_was_cut_off_proves_nothing)
{
	task.stack = "[<0>] msleep+0x2f/0x50\n[<0>] f+0x10/0x20\n";
	task.write(root);
	begin();
	EXPECT_EQ(look(), "5:,msleep");
	task.stack.clear();
	for (int i = 0; i < 63; i++)
		task.stack += "[<0>] f+0x10/0x20\n";
	task.stack += entry;
	task.write(root);
	EXPECT_EQ(look(), "5:,f");
}

TEST_F(Drain, a_task_that_never_ran_is_not_judged)
{
	task.stack = outside;
	task.runs = 0;
	task.write(root);
	begin();
	EXPECT_EQ(look(), "5:,msleep");
}

TEST_F(Drain, in_a_pid_namespace_nothing_is_proved)
{
	in_pid_namespace("pid:[4026532201]");
	EXPECT_EQ(said(TextUsers::begin(root.path(), "fix")),
		  "EOPNOTSUPP: in a pid namespace not every task can be seen; use the host's");
}

TEST_F(Drain, an_address_without_a_name_may_be_the_modules)
{
	task.stack = "[<0>] 0xffffffffc0123456\n";
	task.write(root);
	begin();
	EXPECT_EQ(look(), "5:,0xffffffffc0123456");
}

TEST_F(Drain, a_stack_that_is_empty_or_hidden_proves_nothing)
{
	task.stack = "";
	task.write(root);
	begin();
	EXPECT_EQ(look(), "5:,");
	root.remove(task.folder() + "/stack");
	EXPECT_EQ(look(), "5:,");
	sleeps(outside);
	root.remove(task.folder() + "/schedstat");
	EXPECT_EQ(look(), "5:,msleep");
}

TEST_F(Drain, a_task_that_has_ended_is_outside)
{
	sleeps(inside);
	ProcTask zombie = {.id = {6, 6}, .state = 'Z', .stack = inside};
	zombie.write(root);
	begin();
	root.remove("/proc/5");
	EXPECT_EQ(look(), "nobody");
}

TEST_F(Drain, a_task_that_begins_later_begins_outside)
{
	begin();
	ProcTask{.id = {9, 9}, .start_time = 1ull << 60, .stack = inside}.write(root);
	EXPECT_EQ(look(), "nobody");
}

TEST_F(Drain, without_proc_there_is_no_beginning)
{
	root.remove("/proc");
	EXPECT_EQ(said(TextUsers::begin(root.path(), "fix"), root.path()),
		  "ENOENT: cannot list '/proc': No such file or directory");
}
