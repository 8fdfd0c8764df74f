// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/live_view.hpp>

namespace [[gnu::visibility("default")]] klp {

// Who was inside some functions over a while: before a patch replaces them, those that
// its transition will wait for.
struct Forecast {
	struct Sighting {
		Task task; // as it was last seen
		unsigned seen = 0; // in how many of the passes
	};
	bool through_bpf; // else through /proc, which shows no cold parts and no depth
	std::string why; // not through BPF
	unsigned passes;
	std::vector<Sighting> tasks; // those that were seen most often first
	std::vector<FunctionName> absent; // functions that are not in memory: nobody is inside
};

// Looks again and again while the window lasts, at one CPU's twentieth part at most; once
// in any case, if there is anything to look for. interrupt_fd's becoming readable ends it early.
//
// EACCES or EPERM where neither BPF nor /proc/PID/stack may be had.
Result<Forecast> look_inside(Kernel &kernel, const std::vector<FunctionName> &functions,
			     std::chrono::milliseconds window, int interrupt_fd, bool with_bpf);

}
