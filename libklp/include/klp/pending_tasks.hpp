// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <memory>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// Who a transition waits for. It looks and never acts: no module is loaded, no signal sent.
//
// With many threads BPF goes over all of them at once, and stays open for the next
// question; with few, or where BPF is not permitted, /proc is read thread by thread.
//
// Not thread-safe; it keeps a reference to its Kernel.
class PendingTasks {
public:
	explicit PendingTasks(Kernel &kernel, bool may_use_bpf = true);
	PendingTasks(PendingTasks &&) noexcept;
	~PendingTasks();

	// Opens BPF and reads the kernel's symbols, so that the answer comes at once when there
	// is a question, and is BPF's however few the threads are. To be called again while
	// nothing is in transition: it reads symbols that have become stale. The error says why
	// BPF is not to be had; /proc serves without it.
	Result<> prepare();

	// The tasks that have not reached the patch's target, the CPUs' idle tasks left out,
	// each with the function that keeps it: on the way in an old function, on the way out
	// the patch's own code. None for a patch that is in no transition or gone. EACCES or
	// EPERM where neither BPF nor /proc/PID/patch_state may be read.
	Result<std::vector<Task>> of(const std::string &patch);

private:
	struct Sources;
	std::unique_ptr<Sources> sources_;
};

// The same, once.
Result<std::vector<Task>> pending_tasks(Kernel &kernel, const std::string &patch);

}
