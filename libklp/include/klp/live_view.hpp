// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <memory>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// A view of the running kernel through BPF. A LiveView observes and never changes anything.
//
// Not thread-safe; it keeps a reference to its Kernel.
class LiveView {
public:
	// ENOTSUP where the kernel has no BTF. EPERM without root (CAP_BPF and CAP_PERFMON), or
	// where lockdown's confidentiality mode closes the kernel's memory to BPF; the message
	// names the cause. Nothing else of klp needs BPF.
	static Result<LiveView> open(Kernel &kernel);
	LiveView(LiveView &&) noexcept;
	LiveView &operator=(LiveView &&) noexcept;
	~LiveView();

	// Every thread except the CPUs' idle tasks, with its stack.
	Result<std::vector<Task>> tasks();
	// The tasks that a patch in transition still waits for, as PendingTasks::of(): while
	// patching, a task must leave an old function; while unpatching, the code of the patch's
	// module.
	Result<std::vector<Task>> pending(const LoadedPatch &patch);
	// The tasks inside one of these functions. ENOENT for a function that is not in memory,
	// E2BIG for more than some thousand functions.
	Result<std::vector<Task>> inside(const std::vector<FunctionName> &functions);

private:
	struct Programs;
	explicit LiveView(std::unique_ptr<Programs> programs);
	std::unique_ptr<Programs> programs_;
};

}
