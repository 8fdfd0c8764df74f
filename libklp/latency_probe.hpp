// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pinned_process.hpp"
#include "shared_words.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace klp {

// Measures scheduling latency, the longest time that a CPU was kept from scheduling. On each CPU
// that is neither isolated nor nohz_full, a process with the lowest real-time priority asks to be
// woken every millisecond, and notes how late the wake-up was. Interrupts, stop_machine(), long
// work in the kernel and IdleAssist show as lateness.
class LatencyProbe {
public:
	// ENOTSUP where no real-time class is available: without one, lateness says nothing.
	static Result<std::unique_ptr<LatencyProbe>> start(const std::string &root);

	// In milliseconds, for each CPU, since the start or the last call.
	std::map<int, double> longest();

private:
	explicit LatencyProbe(size_t cpus) : words_(cpus) {}
	SharedWords words_;
	std::vector<int> cpus_;
	std::vector<PinnedProcess> processes_;
};

}
