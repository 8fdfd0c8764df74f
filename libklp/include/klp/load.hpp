// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <klp/kernel.hpp>
#include <klp/patch_file.hpp>
#include <klp/report.hpp>
#include <klp/transition.hpp>
#include <klp/verification.hpp>
#include <optional>

namespace [[gnu::visibility("default")]] klp {

enum class OnTimeout { reverse, keep };

struct LoadOptions {
	// For all of it: the lock, the transition. A reversal has as long again.
	std::chrono::milliseconds timeout{60'000};
	OnTimeout on_timeout = OnTimeout::reverse;
	// Take "enabled, not fully verified" for success.
	bool allow_unverified = false;
	// Ids of findings to pass over, where the kernel itself would.
	std::vector<std::string> allow;
	// Module parameters, as "name=value name=value".
	std::string parameters;
	TransitionAids aids;
	// Measure how long CPUs were kept from scheduling (LoadOutcome::scheduling_latency).
	bool measure_latency = false;
	// Its becoming readable reverses the load; -1 for none.
	int interrupt_fd = -1;
	std::function<void(const Report &)> checked;
	std::function<void(const Transition::Progress &)> progress;
};

enum class LoadResult {
	applied, // active and verified, or the very same bytes were already
	refused, // a finding prevents loading it; nothing was tried
	failed, // the kernel refused it, or it could not be tried; as before
	reversed, // begun and reversed
	in_transition, // begun and not ended: kept so, or its reversal cannot end
	overridden, // enabled, and calls do not reach the new code
	unverified, // enabled, and not everything could be proved
};

// The longest time, in milliseconds, that a CPU was kept from scheduling: by whatever
// runs on the machine, the load among it. What the check cost beside it, which holds
// nobody up, tells how quiet the machine was.
struct SchedulingLatency {
	double checking; // any CPU, while the patch was checked
	double loading; // any CPU, from insertion to the end of the transition
	double loader_cpu; // the CPU that the module was loaded on, from then to then
};

struct LoadOutcome {
	LoadResult result = LoadResult::failed;
	std::string message; // what a person is to be told, one sentence
	int code = 0; // an errno for failed and refused
	Report report;
	std::vector<std::string> kernel_messages;
	std::string
		mode; // how the transition was watched: as Transition::mode(), "" if it never began
	std::string without_runtime; // why klp_runtime has no part in it, "" where it has
	// The other CPUs that a process of ours was on while the module went in; none, and
	// why, where that was not wanted or would have been of no use.
	size_t assisted_cpus = 0;
	std::string unassisted;
	std::vector<Task> blockers; // those left at the deadline
	std::optional<SchedulingLatency> scheduling_latency;
	// When its end, or the deadline, was seen: milliseconds of CLOCK_MONOTONIC; 0 before.
	double transition_ended_at_ms = 0;
	std::optional<Verification> verification;
	bool already_loaded = false;
	// A patch that this one replaced. Its module was taken out of memory, or stays there.
	struct Replaced {
		std::string name;
		std::string why_it_stays; // "" for a module that is gone
	};
	std::vector<Replaced> replaced;
	// Neither applied and verified nor as before: message says what is left.
	bool changed = false;
	// times_ms.transition counts from the start that the kernel told. Else it counts from
	// the moment when the module was in memory: it took longer, by an unknown time.
	bool transition_start_seen = false;
	struct {
		double check = 0, insert = 0, transition = 0, verify = 0, total = 0;
	} times_ms;
};

// Takes a patch to applied and verified, or leaves the kernel as it was. Needs
// root. It holds /run/klp/lock meanwhile, and leaves one record in the system log.
// Never returns before the state it reports was seen. Meanwhile the calling thread may
// have another nice value, scheduling class and CPU affinity; it gets its own back.
LoadOutcome load(const PatchFile &patch, Kernel &kernel, const LoadOptions &options);

// Inserts the bytes of a patch and does nothing else: no check, no lock, no wait, no
// record. For those who bring all of that themselves, such as the kernel's own
// selftests. The error's code is finit_module(2)'s errno.
Result<> insert_module(const PatchFile &patch, const std::string &parameters);

struct UnloadOptions {
	std::chrono::milliseconds timeout{60'000};
	OnTimeout on_timeout = OnTimeout::reverse;
	TransitionAids aids;
	int interrupt_fd = -1;
	std::function<void(const Transition::Progress &)> progress;
};

enum class UnloadResult {
	unloaded, // disabled, and its code gone from memory
	absent, // there was no such patch or module
	failed, // it could not be tried; as before
	reversed, // the deadline came; it is active again, as before
	in_transition, // begun and not ended
	lingering, // disabled, but a task may be inside its code: it stays in memory
};

struct UnloadOutcome {
	UnloadResult result = UnloadResult::failed;
	std::string message;
	int code = 0;
	std::string mode;
	bool changed = false; // as LoadOutcome's
	std::vector<Task> blockers;
	struct {
		double transition = 0, drain = 0, total = 0;
	} times_ms;
};

// Disables a patch and deletes its module, from whatever state it is in: active, in
// transition either way, disabled, or a module that a replaced patch left behind. The module goes
// only after every task was seen outside its code. A name that no module can have, such as "../x",
// is failed with EINVAL. The calling thread is used as by load().
UnloadOutcome unload(const std::string &name, Kernel &kernel, const UnloadOptions &options);

// "applied", "in-transition" and so on, as JSON and the system log have them.
const char *name_of(LoadResult result);
const char *name_of(UnloadResult result);

}
