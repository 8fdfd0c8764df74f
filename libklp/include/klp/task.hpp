// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>

namespace [[gnu::visibility("default")]] klp {

// A thread, as BPF or /proc showed it, or as the kernel's last pass found it.
struct Task {
	pid_t tid = 0;
	pid_t tgid = 0;
	std::string comm;
	bool kernel_thread = false;
	char state = '?'; // as in /proc/PID/stat: R running or ready, S and D sleeping, …
	// The innermost function on the task's stack among those that were asked for: "name" or
	// "name [module]". "" where the stack, which livepatch may call unreliable, shows none.
	std::string function;
	// The function that the task sleeps in; "" where the task runs or the kernel hides the
	// function.
	std::string waits_in;
	int patch_state = -1; // -1 in no transition, 0 unpatched, 1 patched
	// The task is in a part of that function that the compiler split off. Livepatch does not
	// look for this part, and switches the task while it is in the old code. Only BPF shows
	// this.
	bool in_cold_part = false;
	unsigned depth = 0; // the depth of that function; 0 is the innermost frame
	unsigned frames = 0; // 0 for a task that runs on another CPU: its stack cannot be seen
	// How long the task has been off its CPU, or on it; accurate to a tick, and less so over
	// days. std::nullopt where the source is /proc and not BPF.
	std::optional<std::chrono::milliseconds> since;
	// Why the kernel did not switch the task in its last pass; only BPF shows this
	// (klp_check_and_switch_task(), kernel/livepatch/transition.c).
	enum class Reason {
		none, // not known
		running, // on a CPU; may be the CPU's idle task
		unreliable_stack, // the kernel cannot tell where the task is
		in_function, // the task sleeps in the named function
		other,
	};
	Reason reason = Reason::none;
};

// "running", "unreliable-stack", "in-function", "other", "" for none.
const char *name_of(Task::Reason reason);

}
