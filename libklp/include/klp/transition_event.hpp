// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <klp/task.hpp>
#include <optional>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// Something that happened to a transition. A source tells the kinds that it can see:
// klp_runtime all but cancel and task, BPF all, the kernel log and sysfs start, reverse and
// complete.
struct TransitionEvent {
	enum class Kind {
		start,
		pass, // the kernel has tried every task once
		reverse, // its direction was turned
		force, // somebody had every task declared switched
		complete, // it is over, as sysfs says too by now
		cancel, // it is over: the patch could not be enabled
		task, // a task that could not be switched in the pass that ends next
	};
	Kind kind = Kind::start;
	std::chrono::steady_clock::time_point time; // for the log and sysfs, when it was read
	std::string patch; // "" where it began unseen
	std::optional<bool> patching; // in or out; nothing where it began unseen
	unsigned pass = 0; // from 1, since the start or the last reversal
	unsigned blocked = 0; // tasks that could not be switched in this pass; only from BPF
	unsigned switched = 0; // by passes, since the start; most switch themselves; only from BPF
	// From the start, or the last reversal, to complete or cancel, as this source told both.
	std::optional<std::chrono::duration<double, std::milli>> took;
	Task task;
};

// "start", "pass" and so on, as JSON has them.
const char *name_of(TransitionEvent::Kind kind);

}
