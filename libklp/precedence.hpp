// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

namespace klp {

// As long as it lives the calling thread comes before others of its scheduling class
// (nice -20). Between the beginning of a transition and the kernel's first look at all
// tasks it is the loader's thread that the kernel works in: where that waits for a CPU, the
// look comes late, and is more likely to find tasks in the way. Within its autogroup and
// cgroup only, and without CAP_SYS_NICE not at all.
class Precedence {
public:
	Precedence();
	Precedence(const Precedence &) = delete;
	Precedence &operator=(const Precedence &) = delete;
	~Precedence();

private:
	std::optional<int> before_;
};

}
