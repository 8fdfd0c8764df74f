// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <klp/task.hpp>
#include <optional>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// An event of a transition. Each source tells the kinds that it can see: klp_runtime all except
// cancel and task, BPF all, the kernel log and sysfs start, reverse and complete.
struct TransitionEvent {
	enum class Kind {
		start,
		pass, // the kernel has tried every task once
		reverse, // the transition was reversed
		force, // somebody forced it: every task counts as switched
		complete, // the transition is over; sysfs says so too by now
		cancel, // the transition is over: the patch could not be enabled
		task, // a task that could not be switched in the pass that ends next
	};
	Kind kind = Kind::start;
	std::chrono::steady_clock::time_point time; // for the log and sysfs, the time of reading
	std::string patch; // "" where the start was not seen
	std::optional<bool> patching; // true: patching, false: unpatching; std::nullopt where the
				      // start was not seen
	unsigned pass = 0; // from 1, since the start or the last reversal
	unsigned blocked = 0; // tasks that could not be switched in this pass; only from BPF
	unsigned switched = 0; // tasks switched by passes, since the start; most tasks switch
			       // themselves; only from BPF
	// The time from the start, or the last reversal, to complete or cancel, as this source
	// told both.
	std::optional<std::chrono::duration<double, std::milli>> took;
	Task task;
};

// "start", "pass" and so on, as in JSON.
const char *name_of(TransitionEvent::Kind kind);

}
