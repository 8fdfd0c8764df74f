// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../task_records.hpp"
#include "test_machine.hpp"

#include <gtest/gtest.h>
#include <linux/types.h>

#include "../bpf/records.h"

using namespace klp;
using namespace klp::test;

namespace {

std::vector<std::byte> record(uint32_t state, std::vector<uint64_t> frames, uint32_t exit_state = 0)
{
	klprt_task task = {.tid = 412,
			   .tgid = 400,
			   .patch_state = 0,
			   .flags = 0x00200000,
			   .state = state,
			   .exit_state = exit_state,
			   .on_cpu = 0,
			   .depth = static_cast<uint32_t>(frames.size()),
			   .since_ns = 2'500'000'000,
			   .comm = "nginx",
			   .frames = {}};
	std::ranges::copy(frames, task.frames);
	auto *bytes = reinterpret_cast<const std::byte *>(&task);
	return {bytes, bytes + offsetof(klprt_task, frames) + frames.size() * sizeof(uint64_t)};
}

char letter(uint32_t state, uint32_t exit_state = 0)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	return read_task_records(record(state, {}, exit_state), kernel, Places())->at(0).state;
}

}

TEST(task_records, a_task_is_described)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	Places places;
	ASSERT_EQ(said(places.add(kernel, {"target", "target_fn", 0})), "no error");
	Result<std::vector<Task>> tasks = read_task_records(
		record(1, {0xffffffff81002010, 0xffffffff81001000, 0xffffffffc0001004}), kernel,
		places);
	ASSERT_EQ(said(tasks), "no error");
	ASSERT_EQ(tasks->size(), 1u);
	const Task &task = tasks->front();
	EXPECT_EQ(task.tid, 412);
	EXPECT_EQ(task.tgid, 400);
	EXPECT_EQ(task.comm, "nginx");
	EXPECT_TRUE(task.kernel_thread);
	EXPECT_EQ(task.state, 'S');
	EXPECT_EQ(task.function, "target_fn [target]");
	EXPECT_EQ(task.waits_in, "twin");
	EXPECT_EQ(task.patch_state, 0);
	EXPECT_FALSE(task.in_cold_part);
	EXPECT_EQ(task.depth, 2u);
	EXPECT_EQ(task.frames, 3u);
	EXPECT_EQ(task.since->count(), 2500);
}

TEST(task_records, a_cold_part_is_told)
{
	Machine machine;
	machine.symbol("ffffffff81800000 t f.cold");
	machine.symbol("ffffffff81800040 t other");
	Kernel kernel = machine.kernel();
	Places places;
	ASSERT_EQ(said(places.add(kernel, {"vmlinux", "f", 0})), "no error");
	Result<std::vector<Task>> tasks =
		read_task_records(record(1, {0xffffffff8180003f}), kernel, places);
	EXPECT_EQ(tasks->at(0).function, "f");
	EXPECT_TRUE(tasks->at(0).in_cold_part);
	tasks = read_task_records(record(1, {0xffffffff81800040}), kernel, places);
	EXPECT_EQ(tasks->at(0).function, "");
	EXPECT_EQ(tasks->at(0).waits_in, "other");
}

TEST(task_records, any_code_of_a_module_counts)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	Places places;
	places.add_module("target");
	Result<std::vector<Task>> tasks = read_task_records(
		record(2, {0xffffffff81001000, 0xffffffffc0001004}), kernel, places);
	EXPECT_EQ(tasks->at(0).function, "target_fn [target]");
	EXPECT_EQ(tasks->at(0).depth, 1u);
	EXPECT_EQ(tasks->at(0).state, 'D');
}

TEST(task_records, a_module_that_came_later_is_found)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	Places places;
	ASSERT_EQ(said(places.add(kernel, {"vmlinux", "f", 0})), "no error");
	machine.symbol("ffffffffc0005000 t fresh_fn\t[fresh]");
	machine.write("/proc/modules", "fresh 4096 0 - Live 0xffffffffc0005000 (OE)\n");
	EXPECT_EQ(said(places.add(kernel, {"fresh", "fresh_fn", 0})), "no error");
	EXPECT_EQ(said(places.add(kernel, {"gone", "gone_fn", 0})),
		  "ENOENT: 'gone' has no function 'gone_fn' with the position 0");
	Result<std::vector<Task>> tasks =
		read_task_records(record(1, {0xffffffffc0005000}), kernel, places);
	EXPECT_EQ(tasks->at(0).function, "fresh_fn [fresh]");
}

TEST(task_records, code_of_a_module_that_came_later_has_the_module_s_name)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	ASSERT_TRUE(kernel.function_at(0xffffffff81001000));
	machine.write("/proc/modules", "fresh 8192 0 - Live 0xffffffffc0005000 (OE)\n"
				       "target 65536 0 - Live 0xffffffffc0000000 (OE)\n");
	Places places;
	places.add_module("fresh");
	Result<std::vector<Task>> tasks =
		read_task_records(record(1, {0xffffffffc0006fff}), kernel, places);
	EXPECT_EQ(tasks->at(0).function, "[fresh]");
	EXPECT_EQ(tasks->at(0).waits_in, "[fresh]");
	tasks = read_task_records(record(1, {0xffffffffc0007000}), kernel, places);
	EXPECT_EQ(tasks->at(0).function, "");
	EXPECT_EQ(tasks->at(0).waits_in, "[target]");
}

TEST(task_records, states_are_proc_s_letters)
{
	EXPECT_EQ(letter(0), 'R');
	EXPECT_EQ(letter(1), 'S');
	EXPECT_EQ(letter(2), 'D');
	EXPECT_EQ(letter(4), 'T');
	EXPECT_EQ(letter(8), 't');
	EXPECT_EQ(letter(0x40), 'P');
	EXPECT_EQ(letter(0x402), 'I');
	EXPECT_EQ(letter(0x102), 'D'); // TASK_KILLABLE
	EXPECT_EQ(letter(0, 0x10), 'X');
	EXPECT_EQ(letter(0, 0x20), 'Z');
}

TEST(task_records, cut_ones_are_EBADMSG)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	std::vector<std::byte> bytes = record(1, {0xffffffff81001000});
	bytes.resize(bytes.size() - 1);
	EXPECT_EQ(said(read_task_records(bytes, kernel, Places())),
		  "EBADMSG: a task record of BPF has 1 frames in 63 bytes");
	bytes.resize(9);
	EXPECT_EQ(said(read_task_records(bytes, kernel, Places())),
		  "EBADMSG: a task record of BPF has 9 bytes");
	bytes = record(1, {});
	reinterpret_cast<klprt_task *>(bytes.data())->depth = 1000;
	EXPECT_EQ(said(read_task_records(bytes, kernel, Places())),
		  "EBADMSG: a task record of BPF has 1000 frames in 56 bytes");
}
