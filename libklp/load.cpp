// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/load.hpp>

#include "announced.hpp"
#include "ending.hpp"
#include "idle_assist.hpp"
#include "insertion.hpp"
#include "journal.hpp"
#include "kernel_root.hpp"
#include "latency_probe.hpp"
#include "livepatch_sysfs.hpp"
#include "lock.hpp"
#include "modules.hpp"
#include "nice_boost.hpp"
#include "removal.hpp"
#include "run_folder.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>

namespace klp {

namespace {

using LoadEnding = Ending<LoadResult>;
using Step = std::expected<void, LoadEnding>;

// One load, from the lock to the verdict.
class Loading {
public:
	Loading(const PatchFile &patch, Kernel &kernel, const LoadOptions &options)
	    : patch_(patch), kernel_(kernel), options_(options), deadline_(start_ + options.timeout)
	{
	}

	LoadOutcome run();

private:
	std::expected<LoadEnding, LoadEnding> attempt();
	std::optional<RememberedPatch> loaded_before() const;
	Step check();
	void assist(bool is_of_use);
	RememberedPatch to_remember() const;
	bool remember_intent() const;
	Step try_to_insert(Transition *transition);
	Step insert(Transition *transition);
	void remember(const RememberedPatch &patch);
	Step registered();
	Step wait(Transition *transition);
	void measure();
	LoadEnding reverse(const std::string &why, int code);
	LoadEnding verified();
	void remember_others();
	std::vector<std::string> lost_patches();
	void delete_replaced();
	std::string callbacks_run();
	std::string state_after_reversal();

	Transition::Waiting waiting() const
	{
		return {deadline_, options_.interrupt_fd, options_.progress};
	}

	const PatchFile &patch_;
	Kernel &kernel_;
	const LoadOptions &options_;
	Clock::time_point start_ = Clock::now();
	Clock::time_point deadline_;
	IdleAssist idle_assist_{root_of(kernel_)};
	std::unique_ptr<LatencyProbe> latency_probe_;
	double checking_ = 0; // the longest time of any CPU
	int loader_cpu_ = -1;
	std::vector<std::string> others_; // patches that were there before
	std::optional<NiceBoost> nice_boost_; // until the transition has ended
	std::string aside_; // problems that did not matter in the end
	LoadOutcome outcome_;
};

// Waits for an interrupt, at most for timeout_ms.
static bool interrupted_within(int interrupt_fd, int timeout_ms)
{
	pollfd event = {interrupt_fd, POLLIN, 0};
	return poll(&event, 1, timeout_ms) > 0;
}

// The record of an earlier load of the same bytes, which was complete or was killed.
std::optional<RememberedPatch> Loading::loaded_before() const
{
	Result<RememberedPatch> there = remembered_patch(root_of(kernel_), patch_.name());
	Result<LoadedPatch> loaded = kernel_.livepatch(patch_.name());
	bool is_same = there && there->sha256 == patch_.sha256() &&
		       there->parameters == options_.parameters && loaded && loaded->enabled;
	return is_same ? std::optional(std::move(*there)) : std::nullopt;
}

Step Loading::check()
{
	auto begun = Clock::now();
	Result<Report> checked =
		check_until(deadline_, options_.interrupt_fd, patch_, kernel_, options_.parameters);
	if (!checked)
		return ended(LoadResult::failed, checked.error().code,
			     checked.error().message + "; nothing was loaded");
	outcome_.report = std::move(*checked);
	for (const std::string &id : options_.allow) {
		Result<> allowed = outcome_.report.allow(id);
		if (!allowed)
			return ended(LoadResult::refused, allowed.error());
	}
	outcome_.times_ms.check = milliseconds_since(begun);
	if (options_.checked)
		options_.checked(outcome_.report);
	if (outcome_.report.verdict() != Verdict::refused)
		return {};
	size_t errors = std::ranges::count_if(outcome_.report.findings, [](const Finding &finding) {
		return finding.kind->severity == Severity::error;
	});
	return ended(LoadResult::refused, outcome_.report.kernel_errno(),
		     errors == 1 ? outcome_.report.findings[0].message
				 : std::to_string(errors) + " findings prevent loading it");
}

void Loading::assist(bool is_of_use)
{
	if (!options_.aids.assist || !is_of_use) {
		outcome_.unassisted =
			is_of_use ? "not wanted"
				  : "klp_runtime has the kernel make its next pass at once";
		return;
	}
	Result<> helped = idle_assist_.start(1);
	outcome_.assisted_cpus = helped ? idle_assist_.size() : 0;
	outcome_.unassisted = helped ? "" : helped.error().message;
}

RememberedPatch Loading::to_remember() const
{
	std::span<const PatchState> states = patch_.states();
	RememberedPatch patch = {patch_.sha256(),
				 options_.parameters,
				 {states.begin(), states.end()},
				 patch_.is_removable()};
	patch.stays_if_replaced = patch_.stays_if_replaced();
	// A user who passes over another build does not want reports of it from then on.
	if (std::ranges::find(options_.allow, "build-id-mismatch") == options_.allow.end())
		patch.target_build_ids = patch_.target_build_ids();
	for (const LivepatchSymbol &symbol : patch_.livepatch_symbols()) {
		if (symbol.section_object != "vmlinux" &&
		    std::ranges::find(patch.relocated, symbol.section_object) ==
			    patch.relocated.end())
			patch.relocated.push_back(symbol.section_object);
	}
	return patch;
}

// A process that is killed during the insertion leaves a patch that the next load recognises.
// registered() writes the record anew, and tells why it cannot. A module without a build id has
// none.
bool Loading::remember_intent() const
{
	const std::string &name = patch_.name();
	std::string build_id = patch_.build_id();
	Result<std::optional<unsigned long>> there = module_references(root_of(kernel_), name);
	if (!there || *there || build_id.empty())
		return false;
	return remember_insertion(root_of(kernel_), name, build_id, to_remember()).has_value();
}

// EAGAIN: a BPF trampoline on one of the functions was being changed just then
// (kernel/bpf/trampoline.c, bpf_tramp_ftrace_ops_func()). The condition is temporary.
Step Loading::try_to_insert(Transition *transition)
{
	auto begun = Clock::now();
	Result<> inserted = fail(EAGAIN, "not tried");
	for (int pause_ms = 0; !inserted;
	     pause_ms = std::clamp<int>(pause_ms * 2, 1, longest_sleep.count())) {
		if (interrupted_within(options_.interrupt_fd,
				       std::min(pause_ms, milliseconds_until(deadline_))))
			return ended(LoadResult::failed, ECANCELED, "interrupted before insertion");
		// The processes of idle assist inherit the nice boost, since they must also be in
		// time.
		if (options_.aids.assist)
			nice_boost_.emplace();
		assist(!transition->without_runtime().empty());
		loader_cpu_ = sched_getcpu();
		inserted = insert_module(patch_, options_.parameters);
		idle_assist_.release();
		if (!inserted && (inserted.error().code != EAGAIN || Clock::now() >= deadline_))
			break;
	}
	outcome_.times_ms.insert = milliseconds_since(begun);
	if (inserted)
		return {};
	nice_boost_.reset();
	measure();
	outcome_.kernel_messages = transition->messages();
	return ended(LoadResult::failed, inserted.error());
}

Step Loading::insert(Transition *transition)
{
	bool is_remembered = remember_intent();
	Step inserted = try_to_insert(transition);
	if (!inserted && is_remembered) // of a module that is not there
		(void)forget_patch(root_of(kernel_), patch_.name());
	return inserted;
}

// By this instance of the module. A patch is active without a record, too.
void Loading::remember(const RememberedPatch &patch)
{
	Result<> remembered = remember_patch(root_of(kernel_), patch_.name(), patch);
	if (!remembered)
		aside_ = "; " + remembered.error().message + ", ignoring";
}

Step Loading::registered()
{
	Result<LoadedPatch> loaded = kernel_.livepatch(patch_.name());
	if (!loaded && loaded.error().code == ENOENT) {
		Removal removed =
			drain_and_delete(kernel_, patch_.name(), deadline_, options_.interrupt_fd);
		std::string message =
			"the kernel loaded the module, and its init enabled no livepatch";
		if (!removed)
			return ended_changed(LoadResult::failed, ENODEV,
					     message + "; " + removed.error().message);
		return ended(LoadResult::failed, ENODEV, message);
	}
	remember(to_remember());
	return {};
}

// Most transitions have ended when the module is in, or end soon after. wait() first remembers a
// patch whose transition goes on, since klp may be killed during the wait.
Step Loading::wait(Transition *transition)
{
	constexpr std::chrono::milliseconds quick(20);
	auto begun = Clock::now();
	// The kernel's first pass is over when the module is in (__klp_enable_patch()).
	bool again = livepatch_in_transition(root_of(kernel_), patch_.name()).value_or(false);
	if (again && outcome_.assisted_cpus > 0)
		outcome_.unassisted =
			"tried, and the kernel's first pass left tasks all the same; klp_runtime has "
			"the kernel make its next pass at once";
	Result<Transition::End> end =
		transition->wait({std::min(deadline_, begun + quick), options_.interrupt_fd, {}});
	auto known = Clock::now();
	nice_boost_.reset();
	if (!outcome_.already_loaded)
		TRY(registered());
	if (end && *end == Transition::End::timed_out) {
		end = transition->wait(waiting());
		known = Clock::now();
	}
	outcome_.mode = transition->mode();
	outcome_.transition_ended_at_ms =
		std::chrono::duration<double, std::milli>(known.time_since_epoch()).count();
	std::optional<std::chrono::duration<double, std::milli>> took = transition->took();
	outcome_.transition_start_seen = took.has_value();
	outcome_.times_ms.transition =
		took.value_or(std::chrono::duration<double, std::milli>(known - begun)).count();
	outcome_.without_runtime = transition->without_runtime();
	measure();
	outcome_.kernel_messages = transition->messages();
	if (!end)
		return ended_changed(LoadResult::in_transition, end.error().code,
				     end.error().message);
	// An interrupt that came while the kernel worked counts too, unless the patch was loaded
	// before.
	bool interrupted = !outcome_.already_loaded && interrupted_within(options_.interrupt_fd, 0);
	if (*end == Transition::End::complete && !interrupted)
		return {};
	Result<std::vector<Task>> remaining = transition->remaining();
	if (remaining)
		outcome_.blockers = std::move(*remaining);
	bool timed_out = *end == Transition::End::timed_out;
	std::string why = "interrupted";
	if (timed_out) {
		char words[64];
		snprintf(words, sizeof(words), "the transition did not end within %g s",
			 options_.timeout.count() / 1000.0);
		why = words;
	}
	if (timed_out && options_.on_timeout == OnTimeout::keep)
		return ended_changed(LoadResult::in_transition, ETIMEDOUT, why + "; it goes on");
	return std::unexpected(reverse(why, timed_out ? ETIMEDOUT : ECANCELED));
}

static double longest_of(const std::map<int, double> &cpus)
{
	double longest = 0;
	for (const auto &[cpu, late] : cpus)
		longest = std::max(longest, late);
	return longest;
}

void Loading::measure()
{
	if (!latency_probe_ || loader_cpu_ < 0)
		return;
	std::map<int, double> cpus = latency_probe_->longest();
	if (!cpus.empty())
		outcome_.scheduling_latency = {checking_, longest_of(cpus), cpus[loader_cpu_]};
	latency_probe_.reset();
}

// Restores the former state: reverses the transition and deletes the module. A patch that
// completed in the last instant is removed all the same. The patches that it replaced are then
// lost, and the message says so.
LoadEnding Loading::reverse(const std::string &why, int code)
{
	Clock::time_point deadline =
		Clock::now() +
		std::max<Clock::duration>(options_.timeout, std::chrono::seconds(15));
	Result<Transition::End> end = disable_and_wait(kernel_, patch_.name(), options_.aids,
						       {deadline, -1, options_.progress})
					      .end;
	if (!end || *end != Transition::End::complete)
		return {LoadResult::in_transition, end ? ETIMEDOUT : end.error().code,
			why + "; the transition was reversed, and did not end then either" +
				(end ? "" : ": " + end.error().message),
			true};
	Removal deleted = drain_and_delete(kernel_, patch_.name(), deadline, -1);
	if (!deleted) {
		outcome_.blockers = deleted.error().inside;
		return {LoadResult::reversed, deleted.error().code,
			why + "; reversed, but " + deleted.error().message, true};
	}
	std::string lost;
	for (const std::string &name : lost_patches())
		lost += (lost.empty() ? "'" : ", '") + name + "'";
	if (lost.empty())
		return {LoadResult::reversed, code, why + "; " + state_after_reversal()};
	return {LoadResult::reversed, code,
		why + "; it had replaced " + lost + " before: load each again from its file", true};
}

// Livepatch itself is as before; callbacks may have changed anything.
std::string Loading::state_after_reversal()
{
	if (patch_.encoding() == PatchFile::Encoding::none)
		return "no task runs its code; whether callbacks ran is not known, since the file does not tell its callbacks";
	std::string run = callbacks_run();
	if (run.empty())
		return "the kernel is as before";
	return "no task runs its code; its callbacks ran (" + run +
	       "), and klp cannot see what they left";
}

void Loading::remember_others()
{
	Result<std::vector<LoadedPatch>> patches = kernel_.livepatches();
	if (!patches)
		return;
	for (const LoadedPatch &patch : *patches) {
		if (patch.enabled && patch.name != patch_.name())
			others_.push_back(patch.name);
	}
}

std::vector<std::string> Loading::lost_patches()
{
	std::vector<std::string> lost;
	for (const std::string &name : others_) {
		Result<LoadedPatch> patch = kernel_.livepatch(name);
		if (!patch || !patch->enabled)
			lost.push_back(name);
	}
	return lost;
}

// The kernel leaves the modules of replaced patches in memory.
void Loading::delete_replaced()
{
	for (const std::string &name : lost_patches()) {
		Result<> remembered = remember_replaced(root_of(kernel_), name);
		if (!remembered) {
			outcome_.replaced.push_back({name, remembered.error().message});
			continue;
		}
		Removal deleted = drain_and_delete(kernel_, name, deadline_, options_.interrupt_fd);
		outcome_.replaced.push_back({name, deleted ? "" : deleted.error().message});
	}
}

// The callbacks of objects in memory that the kernel has called when it reversed a transition; ""
// for none.
std::string Loading::callbacks_run()
{
	std::string run;
	for (const PatchedObject &object : patch_.objects()) {
		if (kernel_.place(object.name) == Kernel::Place::on_disk ||
		    kernel_.place(object.name) == Kernel::Place::absent)
			continue;
		for (const std::string &callback : object.callbacks) {
			if (callback == "pre_patch" || callback == "post_unpatch")
				run += (run.empty() ? "" : ", ") + callback + " of " + object.name;
		}
	}
	return run;
}

LoadEnding Loading::verified()
{
	auto begun = Clock::now();
	Result<Verification> verification = verify(kernel_, patch_.name());
	outcome_.times_ms.verify = milliseconds_since(begun);
	if (!verification)
		return {LoadResult::overridden, verification.error().code,
			"the transition ended, and the patch is not active: " +
				verification.error().message,
			true};
	outcome_.verification = std::move(*verification);
	bool waiting = std::ranges::any_of(
		outcome_.verification->functions, [](const VerifiedFunction &function) {
			return function.state == VerifiedFunction::State::waiting;
		});
	std::string difference = difference_from_announced(patch_, outcome_.verification->patch);
	if (!difference.empty())
		return {LoadResult::unverified, EBADMSG, difference, true};
	switch (outcome_.verification->verdict()) {
	case Verification::Verdict::active:
		return {LoadResult::applied, 0,
			waiting ? "enabled; what is waiting applies when its module comes"
				: "each function is redirected and verified"};
	case Verification::Verdict::not_active:
		return {LoadResult::overridden, EBUSY,
			"it is enabled, and calls of some functions do not reach its code", true};
	case Verification::Verdict::superseded:
		return {LoadResult::overridden, EBUSY,
			"it is enabled, and a later livepatch replaces some of its functions",
			true};
	case Verification::Verdict::unverified:
	case Verification::Verdict::undecided:
		break;
	}
	if (options_.allow_unverified)
		return {LoadResult::applied, 0,
			"enabled; klp could not verify every function, as --allow-unverified allows"};
	return {LoadResult::unverified, ENODATA,
		"it is enabled, and klp could not verify every function", true};
}

std::expected<LoadEnding, LoadEnding> Loading::attempt()
{
	Result<LoaderLock> lock =
		LoaderLock::acquire(root_of(kernel_), deadline_, options_.interrupt_fd);
	if (!lock)
		return ended(LoadResult::failed, lock.error());
	remember_others();
	std::optional<RememberedPatch> before = loaded_before();
	outcome_.already_loaded = before.has_value();
	if (before) {
		remember(*before); // a load that was killed left it by the build alone
		Transition transition = Transition::follow(kernel_, patch_.name(), options_.aids);
		TRY(wait(&transition));
		return verified();
	}
	if (options_.measure_latency)
		latency_probe_ = LatencyProbe::start(root_of(kernel_)).value_or(nullptr);
	TRY(check());
	if (latency_probe_)
		checking_ = longest_of(latency_probe_->longest());
	Transition transition = Transition::follow(kernel_, patch_.name(), options_.aids);
	TRY(insert(&transition));
	TRY(wait(&transition));
	LoadEnding ending = verified();
	if (ending.result == LoadResult::applied)
		delete_replaced();
	return ending;
}

LoadOutcome Loading::run()
{
	std::expected<LoadEnding, LoadEnding> end = attempt();
	const LoadEnding &ending = end ? *end : end.error();
	tell_end(ending, &outcome_);
	outcome_.message += aside_;
	outcome_.times_ms.total = milliseconds_since(start_);
	bool tried = outcome_.result != LoadResult::refused && !outcome_.already_loaded;
	if (tried)
		journal(outcome_.result == LoadResult::reversed ? "reverse" : "load", patch_.name(),
			patch_.sha256(), kernel_.release(), name_of(outcome_.result),
			outcome_.times_ms.total);
	return std::move(outcome_);
}

}

LoadOutcome load(const PatchFile &patch, Kernel &kernel, const LoadOptions &options)
{
	Result<> runs = must_run(kernel);
	if (!runs) {
		LoadOutcome nothing;
		nothing.code = runs.error().code;
		nothing.message = runs.error().message;
		return nothing;
	}
	return Loading(patch, kernel, options).run();
}

}
