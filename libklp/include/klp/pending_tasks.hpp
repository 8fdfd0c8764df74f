// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <memory>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// The tasks that a transition waits for. PendingTasks observes and never acts: it loads no module
// and sends no signal.
//
// With many threads PendingTasks reads all of them at once through BPF, which stays open for the
// next question. With few threads, or where BPF is not permitted, it reads /proc thread by thread.
//
// Not thread-safe; it keeps a reference to its Kernel.
class PendingTasks {
public:
	explicit PendingTasks(Kernel &kernel, bool may_use_bpf = true);
	PendingTasks(PendingTasks &&) noexcept;
	~PendingTasks();

	// Opens BPF and reads the kernel's symbols, so that of() answers at once, and through BPF
	// even with few threads. Call prepare() again while nothing is in transition: it then
	// reads stale symbols again. The error says why BPF is not available; of() then uses
	// /proc.
	Result<> prepare();

	// The tasks that have not reached the patch's target, except the CPUs' idle tasks, each
	// with the function that keeps it: while patching an old function, while unpatching the
	// patch's own code. None for a patch that is in no transition or gone. EACCES or EPERM
	// where the caller may read neither BPF nor /proc/PID/patch_state.
	Result<std::vector<Task>> of(const std::string &patch);

private:
	struct Sources;
	std::unique_ptr<Sources> sources_;
};

// PendingTasks::of(), for one call.
Result<std::vector<Task>> pending_tasks(Kernel &kernel, const std::string &patch);

}
