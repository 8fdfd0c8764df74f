// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <klp/transition_event.hpp>
#include <memory>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// Every transition of the machine, whoever began it, and who it waits for. It looks and never
// acts.
//
// Not thread-safe; it keeps a reference to its Kernel.
class Watch {
public:
	// The sources of its events, the best first: see TransitionEvent for the kinds that
	// each tells. klp_runtime is one where it is loaded.
	enum class Source { bpf, runtime, kmsg, sysfs };

	static Watch open(Kernel &kernel, bool with_bpf);
	Watch(Watch &&) noexcept;
	~Watch();

	// A source that fails gives way to the next one.
	Source source() const;
	// Why it is not a better one; "" for BPF.
	std::string why() const;
	// Functions that could not be probed, so that kinds of events are missing.
	std::vector<std::string> missing() const;

	// Returns the events as soon as there is one; none after the timeout, or when
	// interrupt_fd is readable.
	Result<std::vector<TransitionEvent>> wait(std::chrono::milliseconds timeout,
						  int interrupt_fd);
	// How many events went by unseen.
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
