// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <klp/transition_event.hpp>
#include <memory>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// Every transition of the machine, no matter who began it, and the tasks that it waits for. A
// Watch observes and never acts.
//
// Not thread-safe; it keeps a reference to its Kernel.
class Watch {
public:
	// The sources of events, the best first; TransitionEvent has the kinds that each source
	// tells. klp_runtime is a source where it is loaded.
	enum class Source { bpf, runtime, kmsg, sysfs };

	static Watch open(Kernel &kernel, bool with_bpf);
	Watch(Watch &&) noexcept;
	~Watch();

	// When a source fails, the Watch uses the next one.
	Source source() const;
	// Why the Watch has no better source; "" for BPF.
	std::string why() const;
	// Functions that could not be probed; some kinds of events are therefore missing.
	std::vector<std::string> missing() const;

	// Returns events as soon as there is one; none after the timeout, or when interrupt_fd is
	// readable.
	Result<std::vector<TransitionEvent>> wait(std::chrono::milliseconds timeout,
						  int interrupt_fd);
	// The number of events that the Watch missed.
	uint64_t lost() const;

	// As PendingTasks::of().
	Result<std::vector<Task>> pending(const std::string &patch);

private:
	struct Parts;
	explicit Watch(std::unique_ptr<Parts> parts);
	std::unique_ptr<Parts> parts_;
};

// "bpf", "runtime", "kmsg", "sysfs".
const char *name_of(Watch::Source source);

}
