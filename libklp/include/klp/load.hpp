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
	// For the complete load: the lock, the transition. A reversal has as long again.
	std::chrono::milliseconds timeout{60'000};
	OnTimeout on_timeout = OnTimeout::reverse;
	// Takes "enabled, not completely verified" for success.
	bool allow_unverified = false;
	// Ids of findings that load() passes over, if the kernel lets them pass.
	std::vector<std::string> allow;
	// Module parameters, as "name=value name=value".
	std::string parameters;
	TransitionAids aids;
	// Measures how long CPUs were kept from scheduling (LoadOutcome::scheduling_latency).
	bool measure_latency = false;
	// load() reverses the load when this becomes readable; -1 for none.
	int interrupt_fd = -1;
	std::function<void(const Report &)> checked;
	std::function<void(const Transition::Progress &)> progress;
};

enum class LoadResult {
	applied, // active and verified; or the same bytes were active already
	refused, // a finding prevents loading; nothing was tried
	failed, // the kernel refused the patch, or the load could not be tried; state as before
	reversed, // begun and reversed
	in_transition, // begun and not ended: kept on request, or the reversal cannot end
	overridden, // enabled, but calls do not reach the new code
	unverified, // enabled, but not everything could be proved
};

// Scheduling latency: the longest time, in milliseconds, that a CPU was kept from scheduling, by
// the load or by anything else that runs on the machine. The value during the check, which delays
// nobody, shows how quiet the machine was.
struct SchedulingLatency {
	double checking; // any CPU, during the check of the patch
	double loading; // any CPU, from insertion to the end of the transition
	double loader_cpu; // the CPU that loaded the module, over the same time
};

struct LoadOutcome {
	LoadResult result = LoadResult::failed;
	std::string message; // one sentence for a person
	int code = 0; // an errno for failed and refused
	Report report;
	std::vector<std::string> kernel_messages;
	std::string mode; // Transition::mode(); "" if no transition began
	std::string without_runtime; // why klp_runtime takes no part; "" where it does
	// The number of other CPUs on which idle assist had a process while the module loaded.
	// unassisted says why there was none, or why the kernel's first pass left tasks all the
	// same; "" where that pass sufficed.
	size_t assisted_cpus = 0;
	std::string unassisted;
	std::vector<Task> blockers; // the tasks left at the deadline
	std::optional<SchedulingLatency> scheduling_latency;
	// When load() saw the end of the transition, or the deadline: milliseconds of
	// CLOCK_MONOTONIC; 0 before.
	double transition_ended_at_ms = 0;
	std::optional<Verification> verification;
	bool already_loaded = false;
	// A patch that this patch replaced. load() removed its module from memory, or the module
	// stays.
	struct Replaced {
		std::string name;
		std::string why_it_stays; // "" for a module that was removed
	};
	std::vector<Replaced> replaced;
	// The state is neither "applied and verified" nor the former one: message describes it.
	bool changed = false;
	// If true, times_ms.transition counts from the start that the kernel told. Otherwise it
	// counts from the moment when the module was in memory: the transition took longer by an
	// unknown time.
	bool transition_start_seen = false;
	struct {
		double check = 0, insert = 0, transition = 0, verify = 0, total = 0;
	} times_ms;
};

// Applies and verifies a patch, or leaves the kernel as it was. Needs root. load() holds
// /run/klp/lock meanwhile, and leaves one record in the system log. It never returns before it saw
// the state that it reports. Meanwhile the calling thread may have another nice value, scheduling
// class and CPU affinity; load() restores them.
LoadOutcome load(const PatchFile &patch, Kernel &kernel, const LoadOptions &options);

// Inserts the bytes of a patch and does nothing else: no check, no lock, no wait, no record. This
// is for callers that do all of these themselves, such as the kernel's own selftests. The error's
// code is the errno of finit_module(2).
Result<> insert_module(const PatchFile &patch, const std::string &parameters);

struct UnloadOptions {
	std::chrono::milliseconds timeout{60'000};
	OnTimeout on_timeout = OnTimeout::reverse;
	TransitionAids aids;
	int interrupt_fd = -1;
	std::function<void(const Transition::Progress &)> progress;
};

enum class UnloadResult {
	unloaded, // disabled, and its code removed from memory
	absent, // there was no such patch or module
	failed, // could not be tried; state as before
	reversed, // the deadline came; the patch is active again, as before
	in_transition, // begun and not ended
	lingering, // disabled, but a task may be inside its code: the module stays in memory
};

struct UnloadOutcome {
	UnloadResult result = UnloadResult::failed;
	std::string message;
	int code = 0;
	std::string mode;
	bool changed = false; // as LoadOutcome::changed
	std::vector<Task> blockers;
	struct {
		double transition = 0, drain = 0, total = 0;
	} times_ms;
};

// Disables a patch and deletes its module, from any state: active, in transition either way,
// disabled, or a module that a replaced patch left behind. unload() deletes the module only after
// it saw every task outside the module's code. For a name that no module can have, such as "../x",
// the result is failed with EINVAL. unload() uses the calling thread as load() does.
UnloadOutcome unload(const std::string &name, Kernel &kernel, const UnloadOptions &options);

// "applied", "in-transition" and so on, as in JSON and the system log.
const char *name_of(LoadResult result);
const char *name_of(UnloadResult result);

}
