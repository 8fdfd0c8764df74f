// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <functional>
#include <klp/error.hpp>
#include <klp/kernel.hpp>
#include <klp/task.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// When tasks in the way of a transition may be sent the kernel's fake signals, which end
// interruptible sleeps: not before the kernel alone would (15 s), after 5 s, at once. Only
// klp_runtime(4) can hasten them.
enum class Urgency { gentle, normal, now };

// What may be used to hasten and to watch a transition. Where one is not to be had,
// nothing is lost but time.
struct TransitionAids {
	// The thread that loads comes before others of its class (nice -20) until the
	// transition has ended; and where klp_runtime is not to be had, by which the kernel
	// looks again at once, processes of ours are on the other CPUs for an instant.
	bool assist = true;
	bool bpf = true;
	bool runtime = true; // klp_runtime.ko
	Urgency urgency = Urgency::normal;
};

// A patch on its way in or out: its events, a deadline, and its advance. It alone acts: it
// loads klp_runtime(4) where that is installed and has it advance the transition.
//
// The events come from klp_runtime; without it from the kernel log, where livepatch says
// "patching complete"; where that may not be read from BPF; else sysfs is polled, which has
// no sysfs_notify on transition (kernel/livepatch of 6.1, 6.12, 7.3). mode() says which.
// Whether it is over is always for sysfs to say.
//
// Not thread-safe; it keeps a reference to its Kernel.
class Transition {
public:
	struct Progress {
		std::chrono::milliseconds elapsed;
		std::chrono::milliseconds left; // to the deadline
		std::vector<Task> remaining; // idle tasks are never among them
	};
	enum class End {
		complete, // the transition is over, or the patch is gone
		timed_out,
		interrupted,
	};
	struct Waiting {
		std::chrono::steady_clock::time_point deadline;
		int interrupt_fd = -1; // its becoming readable ends the wait
		// Called 50 ms after the first wait began, then once a second, while the
		// transition goes on.
		std::function<void(const Progress &)> progress;
	};

	// To be made before the patch is loaded or disabled, so that no event is missed and
	// klp_runtime is ready for it. Loads klp_runtime where it is installed.
	static Transition follow(Kernel &kernel, const std::string &patch,
				 const TransitionAids &aids = {});
	Transition(Transition &&) noexcept;
	~Transition();

	// "runtime", "kmsg", "bpf" or "sysfs".
	const char *mode() const;
	// Why klp_runtime has no part in it; "" where it has, and has the kernel look again as
	// soon as a look has failed.
	const std::string &without_runtime() const;

	Result<End> wait(const Waiting &waiting);

	// How long it took from its start, or its last reversal, to its completion, as the
	// kernel told both: to klp_runtime, in its log, or to BPF. None where one of them was
	// not heard.
	std::optional<std::chrono::duration<double, std::milli>> took();

	// As PendingTasks::of() this patch.
	Result<std::vector<Task>> remaining();

	// The kernel log's messages about livepatch, or about this module, since follow().
	std::vector<std::string> messages();

private:
	struct Parts;
	explicit Transition(std::unique_ptr<Parts> parts);
	std::unique_ptr<Parts> parts_;
};

}
