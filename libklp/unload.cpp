// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/load.hpp>

#include "ending.hpp"
#include "journal.hpp"
#include "kernel_root.hpp"
#include "livepatch_sysfs.hpp"
#include "modules.hpp"
#include "removal.hpp"
#include "run_folder.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <klp/pending_tasks.hpp>

namespace klp {

namespace {

using UnloadEnding = Ending<UnloadResult>;
using Step = std::expected<void, UnloadEnding>;

class Unloading {
public:
	Unloading(const std::string &name, Kernel &kernel, const UnloadOptions &options)
	    : name_(name), kernel_(kernel), options_(options), deadline_(start_ + options.timeout)
	{
	}

	UnloadOutcome run();

private:
	std::expected<UnloadEnding, UnloadEnding> attempt();
	Step find();
	Step disable();
	Step put_back(const std::string &why);
	UnloadEnding delete_module();

	const std::string &name_;
	Kernel &kernel_;
	const UnloadOptions &options_;
	Clock::time_point start_ = Clock::now();
	Clock::time_point deadline_;
	// A patch that was still patching is reversed, and has no active state to return to.
	bool was_active_ = false;
	std::string digest_;
	UnloadOutcome outcome_;
};

Step Unloading::find()
{
	Result<LoadedPatch> patch = kernel_.livepatch(name_);
	if (patch) {
		was_active_ = patch->phase() == LoadedPatch::Phase::enabled;
		return {};
	}
	if (patch.error().code != ENOENT)
		return ended(UnloadResult::failed, patch.error());
	Result<std::vector<LoadedModule>> modules = kernel_.modules();
	if (!modules)
		return ended(UnloadResult::failed, modules.error());
	auto found = std::ranges::find(*modules, name_, &LoadedModule::name);
	if (found == modules->end()) {
		// A load that was killed before the insertion leaves its record.
		Result<> forgotten = forget_patch(root_of(kernel_), name_);
		if (!forgotten)
			return ended(UnloadResult::failed, forgotten.error());
		return ended(UnloadResult::absent, patch.error());
	}
	if (!found->is_livepatch)
		return ended(UnloadResult::failed, EINVAL,
			     "the module '" + name_ + "' is no livepatch; use rmmod");
	return {};
}

// Reverses an unpatching that cannot end in time.
Step Unloading::put_back(const std::string &why)
{
	Transition transition = Transition::follow(kernel_, name_, options_.aids);
	Result<> enabled = set_livepatch_enabled(root_of(kernel_), name_, true);
	Clock::time_point deadline =
		Clock::now() +
		std::max<Clock::duration>(options_.timeout, std::chrono::seconds(15));
	Result<Transition::End> end =
		enabled ? transition.wait({deadline, -1, options_.progress})
			: Result<Transition::End>(std::unexpected(enabled.error()));
	Result<LoadedPatch> now = kernel_.livepatch(name_);
	if (now && now->phase() == LoadedPatch::Phase::enabled)
		return ended(UnloadResult::reversed, ETIMEDOUT, why + "; it is active again");
	if ((!now && now.error().code == ENOENT) ||
	    (now && now->phase() == LoadedPatch::Phase::disabled))
		return {}; // the patch was disabled after all
	return ended_changed(UnloadResult::in_transition, end ? ETIMEDOUT : end.error().code,
			     why + "; it could not be enabled again either" +
				     (end ? "" : ": " + end.error().message));
}

Step Unloading::disable()
{
	auto begun = Clock::now();
	auto [end, mode, written] =
		disable_and_wait(kernel_, name_, options_.aids,
				 {deadline_, options_.interrupt_fd, options_.progress});
	outcome_.mode = mode;
	outcome_.times_ms.transition = milliseconds_since(begun);
	if (!end && written)
		return ended_changed(UnloadResult::in_transition, end.error().code,
				     end.error().message);
	if (!end)
		return ended(UnloadResult::failed, end.error());
	if (*end == Transition::End::complete)
		return {};
	Result<std::vector<Task>> remaining = PendingTasks(kernel_, options_.aids.bpf).of(name_);
	if (remaining)
		outcome_.blockers = std::move(*remaining);
	std::string why =
		*end == Transition::End::interrupted
			? "interrupted"
			: "the transition did not end in time: some tasks still use its code";
	if (options_.on_timeout == OnTimeout::reverse && was_active_)
		return put_back(why);
	return ended_changed(UnloadResult::in_transition, ETIMEDOUT, why + "; it goes on");
}

UnloadEnding Unloading::delete_module()
{
	auto begun = Clock::now();
	// A module that does not go needs time even where the transition used it up.
	Clock::time_point deadline = std::max(deadline_, Clock::now() + std::chrono::seconds(1));
	Removal deleted = drain_and_delete(kernel_, name_, deadline, options_.interrupt_fd);
	outcome_.times_ms.drain = milliseconds_since(begun);
	if (deleted)
		return {UnloadResult::unloaded, 0, "disabled, and its module removed"};
	outcome_.blockers = std::move(deleted.error().inside);
	return {UnloadResult::lingering, deleted.error().code,
		"disabled, and its module stays in memory: " + deleted.error().message, true};
}

std::expected<UnloadEnding, UnloadEnding> Unloading::attempt()
{
	Result<LoaderLock> lock =
		LoaderLock::acquire(root_of(kernel_), deadline_, options_.interrupt_fd);
	if (!lock)
		return ended(UnloadResult::failed, lock.error());
	Result<RememberedPatch> remembered = remembered_patch(root_of(kernel_), name_);
	if (remembered)
		digest_ = remembered->sha256;
	TRY(find());
	TRY(disable());
	return delete_module();
}

UnloadOutcome Unloading::run()
{
	std::expected<UnloadEnding, UnloadEnding> end = attempt();
	const UnloadEnding &ending = end ? *end : end.error();
	tell_end(ending, &outcome_);
	outcome_.times_ms.total = milliseconds_since(start_);
	if (outcome_.result != UnloadResult::absent)
		journal("unload", name_, digest_, kernel_.release(), name_of(outcome_.result),
			outcome_.times_ms.total);
	return std::move(outcome_);
}

}

UnloadOutcome unload(const std::string &name, Kernel &kernel, const UnloadOptions &options)
{
	Result<> possible = must_run(kernel);
	if (possible)
		possible = may_be_module_name(name);
	if (!possible) {
		UnloadOutcome nothing;
		nothing.code = possible.error().code;
		nothing.message = possible.error().message;
		return nothing;
	}
	return Unloading(name, kernel, options).run();
}

}
