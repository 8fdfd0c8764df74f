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

// When klp_runtime(4) may send the kernel's fake signals to tasks that keep a transition from its
// end. These signals end interruptible sleeps. gentle: not before the kernel alone would (15 s);
// normal: after 5 s; now: at once. Only klp_runtime(4) can send them early.
enum class Urgency { gentle, normal, now };

// The aids that may hasten and observe a transition. An aid that is not available costs time and
// nothing else.
struct TransitionAids {
	// Nice boost and idle assist. With the nice boost the loading thread comes before others
	// of its class (nice -20) until the transition has ended. Idle assist puts processes of
	// ours on the other CPUs for an instant; klp uses it where klp_runtime, which makes the
	// kernel start another pass at once, is not available.
	bool assist = true;
	bool bpf = true;
	bool runtime = true; // klp_runtime.ko
	Urgency urgency = Urgency::normal;
};

// The transition of a patch: its events, its deadline and its advance. No other class for
// transitions acts: this one loads klp_runtime(4) where it is installed, and makes klp_runtime
// advance the transition.
//
// The events come from klp_runtime. Without it they come from the kernel log, where livepatch
// writes "patching complete"; where the log may not be read, from BPF; else from polling sysfs,
// which has no sysfs_notify on transition (kernel/livepatch of 6.1, 6.12, 7.3). mode() names the
// source. Only sysfs decides whether the transition is over.
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
		int interrupt_fd = -1; // wait() ends when this becomes readable
		// wait() calls this 50 ms after the first wait began, then once a second, while
		// the transition goes on.
		std::function<void(const Progress &)> progress;
	};

	// Call follow() before the patch is loaded or disabled, so that no event is missed and
	// klp_runtime is ready for the patch. follow() loads klp_runtime where it is installed.
	static Transition follow(Kernel &kernel, const std::string &patch,
				 const TransitionAids &aids = {});
	Transition(Transition &&) noexcept;
	~Transition();

	// "runtime", "kmsg", "bpf" or "sysfs".
	const char *mode() const;
	// Why klp_runtime takes no part; "" where it does, and makes the kernel start another pass
	// as soon as a pass has failed.
	const std::string &without_runtime() const;

	Result<End> wait(const Waiting &waiting);

	// The time from the transition's start, or its last reversal, to its completion, as the
	// kernel told both: to klp_runtime, in its log, or to BPF. None where one of the two was
	// not seen.
	std::optional<std::chrono::duration<double, std::milli>> took();

	// PendingTasks::of() for this patch.
	Result<std::vector<Task>> remaining();

	// The kernel log's messages about livepatch or about this module, since follow().
	std::vector<std::string> messages();

private:
	struct Parts;
	explicit Transition(std::unique_ptr<Parts> parts);
	std::unique_ptr<Parts> parts_;
};

}
