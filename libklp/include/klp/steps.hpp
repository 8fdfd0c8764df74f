// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// Something that happened to a transition.
struct Step {
	enum class Kind {
		start,
		pass, // the kernel has tried every task once
		reverse, // its direction was turned
		force, // somebody had every task declared switched
		complete, // it is over, as sysfs says too by now
		cancel, // it is over: the patch could not be enabled
		task, // a task that could not be switched in the pass that ends next
	};
	enum class Reason {
		none, // no task
		running, // on a CPU, be it the CPU's idle task
		unreliable_stack, // the kernel cannot tell where it is
		in_function, // it sleeps in the function that is named
		other,
	};
	Kind kind;
	std::chrono::steady_clock::time_point time;
	std::string patch; // "" where it began unseen
	std::optional<bool> patching; // in or out; nothing where it began unseen
	unsigned pass; // from 1
	unsigned blocked; // tasks that could not be switched in this pass
	unsigned switched; // by passes, since the start; most switch themselves
	Reason reason;
	BlockingTask task; // state is '?'; waits_in is ""
};

// Steps of every transition, whoever began it, through BPF. No probe of it makes a
// stack unreliable (facts of kernels before 6.19: fexit would). Taking the probes off
// again costs some RCU grace periods, 0.1 s and more: not where time counts.
//
// Not thread-safe.
class Steps {
public:
	enum class Detail {
		transitions,
		tasks, // each task that is in the way, too, from attend_to_tasks() on
	};
	// As LiveView::open().
	static Result<Steps> open(Kernel &kernel, Detail detail);
	Steps(Steps &&) noexcept;
	Steps &operator=(Steps &&) noexcept;
	~Steps();

	// A probe on each check of a stack, which makes a pass over all tasks some half as long
	// again: for a transition that is held up. Without Detail::tasks it does nothing.
	void attend_to_tasks();
	void leave_tasks_alone();

	// Readable (POLLIN) when there is something new.
	int fd() const;
	// What has come since the last call; never blocks.
	Result<std::vector<Step>> read();
	// How many there was no room for, so far.
	uint64_t lost() const;
	// Functions of this kernel that could not be listened to, so that some kinds of
	// steps are missing.
	const std::vector<std::string> &deaf_to() const;

private:
	struct Probes;
	explicit Steps(std::unique_ptr<Probes> probes);
	std::unique_ptr<Probes> probes_;
};

// "start", "pass" and so on, as JSON has them.
const char *name_of(Step::Kind kind);
// "running", "unreliable-stack", "in-function".
const char *name_of(Step::Reason reason);

}
