// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/load.hpp>

#include "journal.hpp"
#include "livepatch_sysfs.hpp"
#include "modules.hpp"
#include "removal.hpp"
#include "run_folder.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

namespace {

class Unloading {
public:
	Unloading(const std::string &name, Kernel &kernel, const UnloadOptions &options)
	    : name_(name), kernel_(kernel), options_(options), deadline_(start_ + options.timeout)
	{
	}

	UnloadOutcome run();

private:
	void steps();
	bool is_there();
	bool disable();
	bool put_back(const std::string &why);
	void delete_module();
	bool ended(UnloadResult result, int code, std::string message);

	const std::string &name_;
	Kernel &kernel_;
	const UnloadOptions &options_;
	Clock::time_point start_ = Clock::now();
	Clock::time_point deadline_;
	// Was on its way in: then being out of force is a reversal, and there is no
	// "in force again" to return to.
	bool was_in_force_ = false;
	std::string digest_;
	UnloadOutcome outcome_;
};

bool Unloading::ended(UnloadResult result, int code, std::string message)
{
	outcome_.result = result;
	outcome_.code = code;
	outcome_.message = std::move(message);
	return false;
}

bool Unloading::is_there()
{
	Result<LoadedPatch> patch = kernel_.livepatch(name_);
	if (patch) {
		was_in_force_ = patch->phase() == LoadedPatch::Phase::enabled;
		return true;
	}
	if (patch.error().code != ENOENT)
		return ended(UnloadResult::failed, patch.error().code, patch.error().message);
	Result<std::vector<LoadedModule>> modules = kernel_.modules();
	if (!modules)
		return ended(UnloadResult::failed, modules.error().code, modules.error().message);
	auto found = std::ranges::find(*modules, name_, &LoadedModule::name);
	if (found == modules->end())
		return ended(UnloadResult::absent, ENOENT, patch.error().message);
	if (!found->is_livepatch)
		return ended(UnloadResult::failed, EINVAL,
			     "the module '" + name_ + "' is no livepatch; use rmmod");
	return true;
}

// Unpatching that cannot end in time is turned round again.
bool Unloading::put_back(const std::string &why)
{
	Transition transition = Transition::follow(kernel_, name_, options_.aids);
	Result<> enabled = set_livepatch_enabled(kernel_.root(), name_, true);
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
		return true; // it got out after all
	outcome_.changed = true;
	return ended(UnloadResult::in_transition, end ? ETIMEDOUT : end.error().code,
		     why + "; neither could it be put back" +
			     (end ? "" : ": " + end.error().message));
}

bool Unloading::disable()
{
	auto begun = Clock::now();
	bool written;
	Result<Transition::End> end = take_out_of_force(
		kernel_, name_, options_.aids,
		{deadline_, options_.interrupt_fd, options_.progress}, &outcome_.mode, &written);
	outcome_.times_ms.transition = milliseconds_since(begun);
	if (!end) {
		outcome_.changed = written;
		return ended(written ? UnloadResult::in_transition : UnloadResult::failed,
			     end.error().code, end.error().message);
	}
	if (*end == Transition::End::complete)
		return true;
	Transition transition = Transition::follow(kernel_, name_);
	Result<std::vector<BlockingTask>> remaining = transition.remaining();
	if (remaining)
		outcome_.blockers = std::move(*remaining);
	std::string why = *end == Transition::End::interrupted
				  ? "interrupted"
				  : "not every task left its code in time";
	if (options_.on_timeout == OnTimeout::reverse && was_in_force_)
		return put_back(why);
	outcome_.changed = true;
	return ended(UnloadResult::in_transition, ETIMEDOUT, why + "; it goes on");
}

void Unloading::delete_module()
{
	auto begun = Clock::now();
	// A patch that refuses to go needs time even where the transition used it up.
	Clock::time_point deadline = std::max(deadline_, Clock::now() + std::chrono::seconds(1));
	Result<> deleted = drain_and_delete(kernel_, name_, deadline, options_.interrupt_fd,
					    &outcome_.blockers);
	outcome_.times_ms.drain = milliseconds_since(begun);
	if (deleted) {
		ended(UnloadResult::unloaded, 0, "disabled, and out of memory");
		return;
	}
	outcome_.changed = true;
	ended(UnloadResult::lingering, deleted.error().code,
	      "disabled, and its module stays in memory: " + deleted.error().message);
}

void Unloading::steps()
{
	Result<LoaderLock> lock =
		LoaderLock::acquire(kernel_.root(), deadline_, options_.interrupt_fd);
	if (!lock) {
		ended(UnloadResult::failed, lock.error().code, lock.error().message);
		return;
	}
	Result<RememberedPatch> remembered = remembered_patch(kernel_.root(), name_);
	if (remembered)
		digest_ = remembered->sha256;
	if (is_there() && disable())
		delete_module();
}

UnloadOutcome Unloading::run()
{
	steps();
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
