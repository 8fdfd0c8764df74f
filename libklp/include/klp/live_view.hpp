// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <memory>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

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
	Result<std::vector<Task>> tasks();
	// Those that a patch in transition still waits for, as PendingTasks::of(): on
	// the way in for their leaving an old function, on the way out its module's code.
	Result<std::vector<Task>> pending(const LoadedPatch &patch);
	// Those that are inside one of these functions. ENOENT for one that is not in
	// memory, E2BIG for more than some thousand.
	Result<std::vector<Task>> inside(const std::vector<FunctionName> &functions);

private:
	struct Programs;
	explicit LiveView(std::unique_ptr<Programs> programs);
	std::unique_ptr<Programs> programs_;
};

}
