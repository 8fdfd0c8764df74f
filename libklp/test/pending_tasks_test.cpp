// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/pending_tasks.hpp>

#include "test_machine.hpp"
#include "test_tasks.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// The tasks that the patch waits for: "412 in f, 413 in ".
std::string waits_for(const Machine &machine, const std::string &patch)
{
	Kernel kernel = machine.kernel();
	Result<std::vector<Task>> tasks = pending_tasks(kernel, patch);
	if (!tasks)
		return said(tasks, machine.path());
	std::string text;
	for (const Task &task : *tasks)
		text += (text.empty() ? "" : ", ") + std::to_string(task.tid) + " in " +
			task.function;
	return text;
}

}

TEST(pending_tasks, on_the_way_in_those_that_are_not_patched_with_the_old_function)
{
	Machine machine;
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	ProcTask{.id = {412, 412}, .stack = "[<0>] f+0x1/0x2\n", .patch_state = 0}.write(machine);
	ProcTask{.id = {412, 413}, .patch_state = 0}.write(machine);
	ProcTask{.id = {412, 414}, .stack = "[<0>] f+0x1/0x2\n", .patch_state = 1}.write(machine);
	ProcTask{.id = {412, 415}, .stack = "[<0>] f+0x1/0x2\n"}.write(machine);
	EXPECT_EQ(waits_for(machine, "fix"), "412 in f, 413 in ");
}

TEST(pending_tasks, on_the_way_out_those_that_are_patched_with_the_module_s_code)
{
	Machine machine;
	machine.livepatch("fix", {"vmlinux/f,1"}, false, true);
	ProcTask{.id = {412, 412}, .stack = "[<0>] f+0x1/0x2\n", .patch_state = 0}.write(machine);
	ProcTask{.id = {412, 413}, .stack = "[<0>] new_f+0x1/0x2 [fix]\n", .patch_state = 1}.write(
		machine);
	EXPECT_EQ(waits_for(machine, "fix"), "413 in new_f [fix]");
}

TEST(pending_tasks, nobody_where_there_is_no_transition)
{
	Machine machine;
	machine.livepatch("fix", {"vmlinux/f,1"}, true, false);
	ProcTask{.id = {412, 412}, .stack = "[<0>] f+0x1/0x2\n", .patch_state = 0}.write(machine);
	EXPECT_EQ(waits_for(machine, "fix"), "");
	EXPECT_EQ(waits_for(machine, "gone"), "");
}

TEST(pending_tasks, a_name_that_no_module_has_is_EINVAL)
{
	Machine machine;
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	EXPECT_EQ(waits_for(machine, "../fix").substr(0, 7), "EINVAL:");
}
