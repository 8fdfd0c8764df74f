// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/load.hpp>

#include "announced.hpp"
#include "corral.hpp"
#include "insertion.hpp"
#include "journal.hpp"
#include "livepatch_sysfs.hpp"
#include "lock.hpp"
#include "metronome.hpp"
#include "precedence.hpp"
#include "removal.hpp"
#include "run_folder.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>

namespace klp {

namespace {

// One load, from the lock to the verdict. Each step returns true when the next one
// is to follow, and has set the outcome when not.
class Loading {
public:
	Loading(const PatchFile &patch, Kernel &kernel, const LoadOptions &options)
	    : patch_(patch), kernel_(kernel), options_(options), deadline_(start_ + options.timeout)
	{
	}

	LoadOutcome run();

private:
	void steps();
	bool not_yet_loaded();
	bool passes_check();
	void assist(bool is_of_use);
	bool insert(Transition *transition);
	RememberedPatch to_remember() const;
	bool registered();
	bool wait(Transition *transition);
	void measure();
	bool reverse(const std::string &why, int code);
	void judge();
	void remember_others();
	std::vector<std::string> lost_patches();
	void delete_replaced();
	std::string callbacks_run();
	std::string state_after_reversal();

	Transition::Waiting waiting() const
	{
		return {deadline_, options_.interrupt_fd, options_.progress};
	}
	bool ended(LoadResult result, int code, std::string message);
	bool ended(LoadResult result, const Error &error)
	{
		return ended(result, error.code, error.message);
	}

	const PatchFile &patch_;
	Kernel &kernel_;
	const LoadOptions &options_;
	Clock::time_point start_ = Clock::now();
	Clock::time_point deadline_;
	Corral corral_{kernel_.root()};
	std::unique_ptr<Metronome> metronome_;
	double checking_ = 0; // milliseconds, the longest of any CPU
	int loader_cpu_ = -1;
	std::vector<std::string> others_; // patches that were there before
	std::optional<Precedence> precedence_; // until the transition has ended
	std::string aside_; // what did not matter in the end
	LoadOutcome outcome_;
};

bool Loading::ended(LoadResult result, int code, std::string message)
{
	outcome_.result = result;
	outcome_.code = code;
	outcome_.message = std::move(message) + aside_;
	return false;
}

// Waits for an interrupt, at most so long.
static bool interrupted_within(int interrupt_fd, int timeout_ms)
{
	pollfd event = {interrupt_fd, POLLIN, 0};
	return poll(&event, 1, timeout_ms) > 0;
}

// The very bytes that are to be loaded may be there: of an earlier load, complete
// or killed in the middle.
bool Loading::not_yet_loaded()
{
	Result<RememberedPatch> there = remembered_patch(kernel_.root(), patch_.name());
	Result<LoadedPatch> loaded = kernel_.livepatch(patch_.name());
	if (!there || there->sha256 != patch_.sha256() ||
	    there->parameters != options_.parameters || !loaded || !loaded->enabled)
		return true;
	outcome_.already_loaded = true;
	Transition transition = Transition::follow(kernel_, patch_.name(), options_.aids);
	if (wait(&transition))
		judge();
	return false;
}

bool Loading::passes_check()
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
		return true;
	size_t errors = std::ranges::count_if(outcome_.report.findings, [](const Finding &finding) {
		return finding.kind->severity == Severity::error;
	});
	return ended(LoadResult::refused, outcome_.report.kernel_errno(),
		     errors == 1 ? outcome_.report.findings[0].message
				 : std::to_string(errors) + " findings stand against it");
}

void Loading::assist(bool is_of_use)
{
	if (!options_.aids.assist || !is_of_use) {
		outcome_.unassisted =
			is_of_use ? "not wanted" : "klp_runtime has the kernel look again at once";
		return;
	}
	Result<> helped = corral_.around(1);
	outcome_.assisted_cpus = helped ? corral_.size() : 0;
	outcome_.unassisted = helped ? "" : helped.error().message;
}

// EAGAIN: a BPF trampoline on one of the functions was being changed just then
// (kernel/bpf/trampoline.c, bpf_tramp_ftrace_ops_func()); it passes.
bool Loading::insert(Transition *transition)
{
	auto begun = Clock::now();
	Result<> inserted = fail(EAGAIN, "not tried");
	for (int pause_ms = 0; !inserted; pause_ms = std::clamp(pause_ms * 2, 1, 100)) {
		if (interrupted_within(options_.interrupt_fd,
				       std::min(pause_ms, milliseconds_until(deadline_))))
			return ended(LoadResult::failed, ECANCELED, "interrupted before insertion");
		// The processes on the other CPUs inherit it: they are to be there in time, too.
		if (options_.aids.assist)
			precedence_.emplace();
		assist(!transition->without_runtime().empty());
		loader_cpu_ = sched_getcpu();
		inserted = insert_module(patch_, options_.parameters);
		corral_.release();
		if (!inserted && (inserted.error().code != EAGAIN || Clock::now() >= deadline_))
			break;
	}
	outcome_.times_ms.insert = milliseconds_since(begun);
	if (inserted)
		return true;
	precedence_.reset();
	measure();
	outcome_.kernel_messages = transition->messages();
	return ended(LoadResult::failed, inserted.error());
}

RememberedPatch Loading::to_remember() const
{
	std::span<const PatchState> states = patch_.states();
	RememberedPatch patch = {patch_.sha256(),
				 options_.parameters,
				 {states.begin(), states.end()},
				 patch_.is_removable()};
	// Who passes over another build does not want to be told of it from then on.
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

bool Loading::registered()
{
	Result<LoadedPatch> loaded = kernel_.livepatch(patch_.name());
	if (!loaded && loaded.error().code == ENOENT) {
		std::vector<BlockingTask> inside;
		Result<> removed = drain_and_delete(kernel_, patch_.name(), deadline_,
						    options_.interrupt_fd, &inside);
		outcome_.changed = !removed;
		return ended(LoadResult::failed, ENODEV,
			     "the module loaded and registered no livepatch" +
				     (removed ? std::string() : "; " + removed.error().message));
	}
	Result<> remembered = remember_patch(kernel_.root(), patch_.name(), to_remember());
	if (!remembered)
		aside_ = "; " + remembered.error().message + ", ignoring";
	return true;
}

// Most transitions have ended when the module is in, or end soon after. What has not is
// remembered first: we may be killed while we wait.
bool Loading::wait(Transition *transition)
{
	constexpr std::chrono::milliseconds quick(20);
	auto begun = Clock::now();
	// The kernel's first pass is over when the module is in (__klp_enable_patch()).
	bool again = livepatch_in_transition(kernel_.root(), patch_.name()).value_or(false);
	if (again && outcome_.assisted_cpus > 0)
		outcome_.unassisted =
			"tried, and the kernel's first pass left tasks all the same; klp_runtime has "
			"the kernel try again at once";
	Result<Transition::End> end =
		transition->wait({std::min(deadline_, begun + quick), options_.interrupt_fd, {}});
	auto known = Clock::now();
	precedence_.reset();
	if (!outcome_.already_loaded && !registered())
		return false;
	if (end && *end == Transition::End::timed_out) {
		end = transition->wait(waiting());
		known = Clock::now();
	}
	outcome_.mode = transition->mode();
	outcome_.transition_ended_at =
		std::chrono::duration<double>(known.time_since_epoch()).count();
	std::optional<std::chrono::duration<double, std::milli>> took = transition->took();
	outcome_.transition_start_seen = took.has_value();
	outcome_.times_ms.transition =
		took.value_or(std::chrono::duration<double, std::milli>(known - begun)).count();
	outcome_.without_runtime = transition->without_runtime();
	measure();
	outcome_.kernel_messages = transition->messages();
	if (!end) {
		outcome_.changed = true;
		return ended(LoadResult::in_transition, end.error());
	}
	// An interrupt that came while the kernel worked counts too, unless the patch was
	// there before us.
	bool interrupted = !outcome_.already_loaded && interrupted_within(options_.interrupt_fd, 0);
	if (*end == Transition::End::complete && !interrupted)
		return true;
	Result<std::vector<BlockingTask>> remaining = transition->remaining();
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
	if (timed_out && options_.on_timeout == OnTimeout::keep) {
		outcome_.changed = true;
		return ended(LoadResult::in_transition, ETIMEDOUT, why + "; it goes on");
	}
	return reverse(why, timed_out ? ETIMEDOUT : ECANCELED);
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
	if (!metronome_ || loader_cpu_ < 0)
		return;
	std::map<int, double> cpus = metronome_->longest();
	if (!cpus.empty())
		outcome_.disturbance = {checking_, longest_of(cpus), cpus[loader_cpu_]};
	metronome_.reset();
}

// Back to what was: the transition turned round, the module gone. A patch that
// completed in the last instant is taken out again all the same; what it replaced
// is then lost, and said to be.
bool Loading::reverse(const std::string &why, int code)
{
	Clock::time_point deadline =
		Clock::now() +
		std::max<Clock::duration>(options_.timeout, std::chrono::seconds(15));
	std::string mode;
	bool begun;
	Result<Transition::End> end =
		take_out_of_force(kernel_, patch_.name(), options_.aids,
				  {deadline, -1, options_.progress}, &mode, &begun);
	if (!end || *end != Transition::End::complete) {
		outcome_.changed = true;
		return ended(LoadResult::in_transition, end ? ETIMEDOUT : end.error().code,
			     why + "; its reversal did not end either" +
				     (end ? "" : ": " + end.error().message));
	}
	std::vector<BlockingTask> inside;
	Result<> deleted = drain_and_delete(kernel_, patch_.name(), deadline, -1, &inside);
	if (!deleted) {
		outcome_.changed = true;
		outcome_.blockers = std::move(inside);
		return ended(LoadResult::reversed, deleted.error().code,
			     why + "; reversed, but " + deleted.error().message);
	}
	std::string lost;
	for (const std::string &name : lost_patches())
		lost += (lost.empty() ? "'" : ", '") + name + "'";
	outcome_.changed = !lost.empty();
	return ended(LoadResult::reversed, code,
		     why + (lost.empty() ? "; reversed, " + state_after_reversal()
					 : "; reversed, but it had replaced " + lost +
						   " before it was, which cannot be restored"));
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
		if (patch.enabled)
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
		std::vector<BlockingTask> inside;
		Result<> deleted =
			drain_and_delete(kernel_, name, deadline_, options_.interrupt_fd, &inside);
		outcome_.replaced.push_back({name, deleted ? "" : deleted.error().message});
	}
}

// The callbacks of objects that are in memory, which the kernel has called when a transition
// was reversed; "" for none.
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

void Loading::judge()
{
	auto begun = Clock::now();
	Result<Verification> verification = verify(kernel_, patch_.name());
	outcome_.times_ms.verify = milliseconds_since(begun);
	outcome_.changed = true;
	if (!verification) {
		ended(LoadResult::overridden, verification.error().code,
		      "the transition ended, and the patch is not active: " +
			      verification.error().message);
		return;
	}
	outcome_.verification = std::move(*verification);
	bool waiting = std::ranges::any_of(
		outcome_.verification->functions, [](const VerifiedFunction &function) {
			return function.state == VerifiedFunction::State::waiting;
		});
	std::string difference = difference_from_announced(patch_, outcome_.verification->patch);
	if (!difference.empty()) {
		ended(LoadResult::unverified, EBADMSG, difference);
		return;
	}
	switch (outcome_.verification->verdict()) {
	case Verification::Verdict::in_force:
		outcome_.changed = false;
		ended(LoadResult::applied, 0,
		      waiting ? "enabled; what is waiting applies when its module comes"
			      : "each function is redirected and verified");
		return;
	case Verification::Verdict::not_in_force:
		ended(LoadResult::overridden, EBUSY,
		      "it is loaded, and calls do not reach its code");
		return;
	case Verification::Verdict::superseded:
		ended(LoadResult::overridden, EBUSY,
		      "it is loaded, and a later livepatch has functions of it");
		return;
	case Verification::Verdict::unverified:
	case Verification::Verdict::undecided:
		break;
	}
	if (options_.allow_unverified) {
		outcome_.changed = false;
		ended(LoadResult::applied, 0,
		      "enabled; not everything could be verified, as allowed");
	} else {
		ended(LoadResult::unverified, ENODATA,
		      "it is enabled, and not everything could be verified");
	}
}

void Loading::steps()
{
	Result<LoaderLock> lock =
		LoaderLock::acquire(kernel_.root(), deadline_, options_.interrupt_fd);
	if (!lock) {
		ended(LoadResult::failed, lock.error());
		return;
	}
	remember_others();
	if (!not_yet_loaded())
		return;
	if (options_.measure_disturbance)
		metronome_ = Metronome::start(kernel_.root()).value_or(nullptr);
	if (!passes_check())
		return;
	if (metronome_)
		checking_ = longest_of(metronome_->longest());
	Transition transition = Transition::follow(kernel_, patch_.name(), options_.aids);
	if (!insert(&transition) || !wait(&transition))
		return;
	judge();
	if (outcome_.result == LoadResult::applied)
		delete_replaced();
}

LoadOutcome Loading::run()
{
	steps();
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
	return Loading(patch, kernel, options).run();
}

}
