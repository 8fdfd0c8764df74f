// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>

namespace [[gnu::visibility("default")]] klp {

// A thread, as BPF or /proc showed it, or as the kernel found it in its last pass.
struct Task {
	pid_t tid = 0;
	pid_t tgid = 0;
	std::string comm;
	bool kernel_thread = false;
	char state = '?'; // as in /proc/PID/stat: R running or ready, S and D sleeping, …
	// The function that was asked for and is on its stack, the innermost of them: "name" or
	// "name [module]". "" where its stack, which livepatch may call unreliable, shows none.
	std::string function;
	// The function that it sleeps in, "" where it runs or the kernel hides it.
	std::string waits_in;
	int patch_state = -1; // -1 in no transition, 0 unpatched, 1 patched
	// It is in a part of that function that the compiler split off: livepatch does not
	// look for it, and switches the task while it is in the old code. Only BPF shows it.
	bool in_cold_part = false;
	unsigned depth = 0; // of that function, from 0, the innermost frame
	unsigned frames = 0; // 0 for one that runs on another CPU: its stack cannot be seen
	// How long it has been off its CPU, or on it; to a tick, and less over days.
	// Nothing where not BPF but /proc was looked at.
	std::optional<std::chrono::milliseconds> since;
	// Why the kernel did not switch it in its last pass; only BPF hears it
	// (klp_check_and_switch_task(), kernel/livepatch/transition.c).
	enum class Reason {
		none, // not heard
		running, // on a CPU, be it the CPU's idle task
		unreliable_stack, // the kernel cannot tell where it is
		in_function, // it sleeps in the function that is named
		other,
	};
	Reason reason = Reason::none;
};

// "running", "unreliable-stack", "in-function", "other", "" for none.
const char *name_of(Task::Reason reason);

}
