// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

namespace klp {

// Gives the calling thread nice -20 as long as it lives. The kernel runs the beginning of a
// transition and its first pass over all tasks in the loader's thread: while that waits for a
// CPU, the pass comes later, and finds more tasks in the old functions. It counts within the
// thread's autogroup and cgroup only, and without CAP_SYS_NICE not at all.
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
