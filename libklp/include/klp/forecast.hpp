// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/live_view.hpp>

namespace [[gnu::visibility("default")]] klp {

// The tasks that were inside some functions over a while. Before a patch replaces these functions,
// its transition will wait for such tasks.
struct Forecast {
	struct Sighting {
		Task task; // as the last pass that saw the task showed it
		unsigned seen = 0; // the number of passes that saw the task
	};
	bool through_bpf; // else through /proc, which shows no cold parts and no depth
	std::string why; // why not through BPF
	unsigned passes;
	std::vector<Sighting> tasks; // the most often seen first
	std::vector<FunctionName> absent; // functions that are not in memory: no task is inside
};

// Makes passes over all tasks until the window ends, and uses one twentieth of one CPU at most. If
// there is anything to look for, it makes one pass in any case. It ends early when interrupt_fd
// becomes readable.
//
// EACCES or EPERM where the caller may use neither BPF nor /proc/PID/stack.
Result<Forecast> look_inside(Kernel &kernel, const std::vector<FunctionName> &functions,
			     std::chrono::milliseconds window, int interrupt_fd, bool with_bpf);

}
