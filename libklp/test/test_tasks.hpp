// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tasks.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

namespace klp::test {

// A thread of a Root's /proc.
struct ProcTask {
	TaskId id;
	std::string comm = "sleeper";
	char state = 'S';
	unsigned long flags = 0x400000;
	unsigned long long start_time = 100;
	std::string stack = "[<0>] do_nanosleep+0x63/0x1d0\n[<0>] entry_SYSCALL_64+0x5f/0xc9\n";
	unsigned long runs = 7;
	int patch_state = -1;

	std::string folder() const
	{
		return "/proc/" + std::to_string(id.tgid) + "/task/" + std::to_string(id.tid);
	}
	void write(const Root &root) const
	{
		root.write(folder() + "/stat", std::to_string(id.tid) + " (" + comm + ") " + state +
						       " 1 1 1 0 -1 " + std::to_string(flags) +
						       " 0 0 0 0 0 9 0 0 20 0 1 0 " +
						       std::to_string(start_time) + " 0 0\n");
		root.write(folder() + "/stack", stack);
		root.write(folder() + "/schedstat", "100 200 " + std::to_string(runs) + "\n");
		root.write(folder() + "/patch_state", std::to_string(patch_state) + "\n");
	}
};

}
