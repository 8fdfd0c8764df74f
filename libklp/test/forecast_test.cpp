// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/forecast.hpp>

#include "test_machine.hpp"
#include "test_tasks.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;
using std::chrono::milliseconds;

TEST(forecast, without_BPF_proc_shows_who_is_inside)
{
	Machine machine;
	ProcTask{.id = {7, 7}, .comm = "idler"}.write(machine);
	ProcTask{.id = {412, 413},
		 .comm = "nginx",
		 .stack = "[<0>] twin+0x1/0x2\n[<0>] target_fn+0x4/0x10 [target]\n"}
		.write(machine);
	Kernel kernel = machine.kernel();
	Result<Forecast> forecast =
		look_inside(kernel, {{"target", "target_fn", 1}}, milliseconds(0), -1, true);
	ASSERT_EQ(said(forecast), "no error");
	EXPECT_FALSE(forecast->through_bpf);
	EXPECT_EQ(forecast->why,
		  "the kernel has no BTF (/sys/kernel/btf/vmlinux), without which BPF cannot look "
		  "into it");
	EXPECT_EQ(forecast->passes, 1u);
	ASSERT_EQ(forecast->tasks.size(), 1u);
	EXPECT_EQ(forecast->tasks[0].seen, 1u);
	EXPECT_EQ(forecast->tasks[0].task.tid, 413);
	EXPECT_EQ(forecast->tasks[0].task.function, "target_fn [target]");
	EXPECT_EQ(forecast->tasks[0].task.since, std::nullopt);
}

TEST(forecast, what_is_not_in_memory_holds_nobody)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	Result<Forecast> forecast =
		look_inside(kernel, {{"absent", "fn", 1}}, milliseconds(0), -1, true);
	ASSERT_EQ(said(forecast), "no error");
	EXPECT_EQ(forecast->passes, 0u);
	ASSERT_EQ(forecast->absent.size(), 1u);
	EXPECT_EQ(forecast->absent[0].name, "fn");
}

TEST(forecast, both_reasons_are_told_where_nothing_can_be_seen)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	machine.remove("/proc");
	EXPECT_EQ(said(look_inside(kernel, {{"vmlinux", "f", 1}}, milliseconds(0), -1, false),
		       machine.path()),
		  "ENOENT: BPF was not to be used; cannot list '/proc': No such file or directory");
}
