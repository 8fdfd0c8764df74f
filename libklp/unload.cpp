// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/load.hpp>

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

// How an unload ended.
struct Ending {
	UnloadResult result;
	int code;
	std::string message;
	bool changed = false; // as UnloadOutcome::changed
};
// An error ends the unload; else the next step follows.
using Step = std::expected<void, Ending>;

static std::unexpected<Ending> ended(UnloadResult result, const Error &error)
{
	return std::unexpected(Ending{result, error.code, error.message});
}

class Unloading {
public:
	Unloading(const std::string &name, Kernel &kernel, const UnloadOptions &options)
	    : name_(name), kernel_(kernel), options_(options), deadline_(start_ + options.timeout)
	{
	}

	UnloadOutcome run();

private:
	std::expected<Ending, Ending> attempt();
	Step find();
	Step disable();
	Step put_back(const std::string &why);
	Ending delete_module();

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
	if (found == modules->end())
		return ended(UnloadResult::absent, patch.error());
	if (!found->is_livepatch)
		return ended(UnloadResult::failed,
			     {EINVAL, "the module '" + name_ + "' is no livepatch; use rmmod"});
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
		return ended(UnloadResult::reversed, {ETIMEDOUT, why + "; it is active again"});
	if ((!now && now.error().code == ENOENT) ||
	    (now && now->phase() == LoadedPatch::Phase::disabled))
		return {}; // the patch was disabled after all
	return std::unexpected(Ending{
		UnloadResult::in_transition, end ? ETIMEDOUT : end.error().code,
		why + "; neither could it be put back" + (end ? "" : ": " + end.error().message),
		true});
}

Step Unloading::disable()
{
	auto begun = Clock::now();
	bool written;
	Result<Transition::End> end = disable_and_wait(
		kernel_, name_, options_.aids,
		{deadline_, options_.interrupt_fd, options_.progress}, &outcome_.mode, &written);
	outcome_.times_ms.transition = milliseconds_since(begun);
	if (!end)
		return std::unexpected(
			Ending{written ? UnloadResult::in_transition : UnloadResult::failed,
			       end.error().code, end.error().message, written});
	if (*end == Transition::End::complete)
		return {};
	Result<std::vector<Task>> remaining = PendingTasks(kernel_, options_.aids.bpf).of(name_);
	if (remaining)
		outcome_.blockers = std::move(*remaining);
	std::string why = *end == Transition::End::interrupted
				  ? "interrupted"
				  : "not every task left its code in time";
	if (options_.on_timeout == OnTimeout::reverse && was_active_)
		return put_back(why);
	return std::unexpected(
		Ending{UnloadResult::in_transition, ETIMEDOUT, why + "; it goes on", true});
}

Ending Unloading::delete_module()
{
	auto begun = Clock::now();
	// A module that does not go needs time even where the transition used it up.
	Clock::time_point deadline = std::max(deadline_, Clock::now() + std::chrono::seconds(1));
	Result<> deleted = drain_and_delete(kernel_, name_, deadline, options_.interrupt_fd,
					    &outcome_.blockers);
	outcome_.times_ms.drain = milliseconds_since(begun);
	if (deleted)
		return {UnloadResult::unloaded, 0, "disabled, and its module removed"};
	return {UnloadResult::lingering, deleted.error().code,
		"disabled, and its module stays in memory: " + deleted.error().message, true};
}

std::expected<Ending, Ending> Unloading::attempt()
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
	std::expected<Ending, Ending> end = attempt();
	const Ending &ending = end ? *end : end.error();
	outcome_.result = ending.result;
	outcome_.code = ending.code;
	outcome_.message = ending.message;
	outcome_.changed = ending.changed;
	outcome_.times_ms.total = milliseconds_since(start_);
	if (outcome_.result != UnloadResult::absent)
		journal("unload", name_, digest_, kernel_.release(), name_of(outcome_.result),
			outcome_.times_ms.total);
	return std::move(outcome_);
}

}

UnloadOutcome unload(const std::string &name, Kernel &kernel, const UnloadOptions &options)
{
	Result<> possible = may_be_module_name(name);
	if (!possible) {
		UnloadOutcome nothing;
		nothing.code = possible.error().code;
		nothing.message = possible.error().message;
		return nothing;
	}
	return Unloading(name, kernel, options).run();
}

}
