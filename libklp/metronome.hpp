// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pinned_process.hpp"
#include "shared_words.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace klp {

// The longest time that a CPU was kept from scheduling: on each one that is not kept from
// others (isolated, nohz_full) a process of the lowest real-time priority asks to be woken
// every half millisecond, and notes how late it was. What a CPU's interrupts, a stopped
// machine, long work in the kernel or our own Corral cost others shows as lateness.
class Metronome {
public:
	// ENOTSUP where no real-time class is to be had: without it, lateness says nothing.
	static Result<std::unique_ptr<Metronome>> start(const std::string &root);

	// In milliseconds, for each CPU, since the start or the last call.
	std::map<int, double> longest();

private:
	explicit Metronome(size_t cpus) : words_(cpus) {}
	SharedWords words_;
	std::vector<int> cpus_;
	std::vector<PinnedProcess> processes_;
};

}
