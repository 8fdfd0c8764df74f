// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

namespace klp {

// Gives the calling thread nice -20 as long as the NiceBoost lives. The kernel runs the beginning
// of a transition and its first pass over all tasks in the loader's thread. While this thread
// waits for a CPU, the pass is delayed, and finds more tasks in the old functions. The nice value
// counts only within the thread's autogroup and cgroup. Without CAP_SYS_NICE the boost has no
// effect.
class NiceBoost {
public:
	NiceBoost();
	NiceBoost(const NiceBoost &) = delete;
	NiceBoost &operator=(const NiceBoost &) = delete;
	~NiceBoost();

private:
	std::optional<int> before_;
};

}
