// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// A thread as BPF saw it in a pass over all of them.
struct LiveTask {
	// function is the first that was asked for, from the innermost frame outwards.
	BlockingTask task;
	int patch_state; // -1 idle, 0 unpatched, 1 patched
	// It is in a part of that function that the compiler split off: livepatch does not
	// look for it, and switches the task while it is in the old code.
	bool in_cold_part;
	unsigned depth; // of that function, from 0, the innermost frame
	unsigned frames; // 0 for one that runs on another CPU: its stack cannot be seen
	// How long it has been off its CPU, or on it; to a tick, and less over days.
	// Nothing where not BPF but /proc was looked at.
	std::optional<std::chrono::milliseconds> since;
};

// What BPF shows of the running kernel. It looks and never changes anything.
//
// Not thread-safe; it keeps a reference to its Kernel.
class LiveView {
public:
	// ENOTSUP where the kernel has no BTF; EPERM without root (CAP_BPF and
	// CAP_PERFMON), or where lockdown's confidentiality mode closes the kernel's memory
	// to BPF. The message says which; nothing else of klp needs it.
	static Result<LiveView> open(Kernel &kernel);
	LiveView(LiveView &&) noexcept;
	LiveView &operator=(LiveView &&) noexcept;
	~LiveView();

	// Every thread but the CPUs' idle tasks, with its stack.
	Result<std::vector<LiveTask>> tasks();
	// Those that a patch in transition still waits for, as Transition::remaining(): on
	// the way in for their leaving an old function, on the way out its module's code.
	Result<std::vector<LiveTask>> pending(const LoadedPatch &patch);
	// Those that are inside one of these functions. ENOENT for one that is not in
	// memory, E2BIG for more than some thousand.
	Result<std::vector<LiveTask>> inside(const std::vector<FunctionName> &functions);

private:
	struct Programs;
	explicit LiveView(std::unique_ptr<Programs> programs);
	std::unique_ptr<Programs> programs_;
};

}
