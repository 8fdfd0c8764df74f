// SPDX-License-Identifier: LGPL-2.1-or-later
#include "removal.hpp"
#include "idle_assist.hpp"
#include "insertion.hpp"
#include "kernel_root.hpp"
#include "livepatch_sysfs.hpp"
#include "module_holders.hpp"
#include "modules.hpp"
#include "nice_boost.hpp"
#include "run_folder.hpp"
#include "text_users.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>

namespace klp {

double milliseconds_since(Clock::time_point start)
{
	return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

static Result<Transition::End> disabled(Kernel &kernel, const std::string &patch,
					const TransitionAids &aids,
					const Transition::Waiting &waiting, Transition &transition,
					bool *begun)
{
	IdleAssist idle_assist(root_of(kernel));
	Result<LoadedPatch> before = read_livepatch(root_of(kernel), patch);
	if (!before && before.error().code == ENOENT)
		return Transition::End::complete;
	if (!before)
		return std::unexpected(before.error());
	if (before->enabled) {
		std::optional<NiceBoost> nice_boost;
		if (aids.assist)
			nice_boost.emplace();
		// A reversal starts no pass of the kernel over the tasks: see
		// klp_reverse_transition().
		if (aids.assist && !transition.without_runtime().empty() && !before->in_transition)
			(void)idle_assist.start(0); // on an error the kernel makes another pass
		Result<> disabled = set_livepatch_enabled(root_of(kernel), patch, false);
		idle_assist.release();
		// EINVAL: somebody else disabled the patch between the two steps.
		if (!disabled && disabled.error().code != EINVAL)
			return std::unexpected(disabled.error());
	}
	*begun = true;
	Transition::End end = TRY(transition.wait(waiting));
	Result<LoadedPatch> after = read_livepatch(root_of(kernel), patch);
	if (end == Transition::End::complete && after && after->enabled)
		return fail(EBUSY, "another process enabled '%s' while klp disabled it",
			    patch.c_str());
	return end;
}

Disabling disable_and_wait(Kernel &kernel, const std::string &patch, const TransitionAids &aids,
			   const Transition::Waiting &waiting)
{
	Transition transition = Transition::follow(kernel, patch, aids);
	Disabling disabling = {Transition::End::complete, transition.mode(), false};
	disabling.end = disabled(kernel, patch, aids, waiting, transition, &disabling.begun);
	return disabling;
}

// Waits a moment, or until an interrupt: neither a reference count nor a task's leaving has an
// event.
static Result<> wait_a_moment(int *pause_ms, Clock::time_point deadline, int interrupt_fd)
{
	pollfd event = {interrupt_fd, POLLIN, 0};
	int timeout = std::min(*pause_ms, milliseconds_until(deadline));
	*pause_ms = std::min<int>(*pause_ms * 2, longest_sleep.count());
	if (poll(&event, 1, timeout) < 0 && errno != EINTR)
		return fail(errno, "cannot wait: %s", strerror(errno));
	if (event.revents)
		return fail(ECANCELED, "interrupted");
	return {};
}

// Why a module with references stays, with the holders that could be found.
static std::unexpected<Error> still_held(Kernel &kernel, const std::string &module,
					 unsigned long references)
{
	std::string who;
	for (const std::string &holder : module_holders(kernel, module))
		who += (who.empty() ? ": " : ", ") + holder;
	return fail(ETIMEDOUT, "cannot remove the module '%s': it still has %lu reference%s%s",
		    module.c_str(), references, references == 1 ? "" : "s", who.c_str());
}

// The sysfs folder goes before the patch drops its reference on its module
// (kernel/livepatch/core.c, klp_free_patch_finish()).
static Result<> wait_for_references(Kernel &kernel, const std::string &module,
				    Clock::time_point deadline, int interrupt_fd)
{
	int pause_ms = 1;
	for (;;) {
		std::optional<unsigned long> references =
			TRY(module_references(root_of(kernel), module));
		if (!references || *references == 0)
			return {};
		if (Clock::now() >= deadline)
			return still_held(kernel, module, *references);
		TRY(wait_a_moment(&pause_ms, deadline, interrupt_fd));
	}
}

Removal drain_and_delete(Kernel &kernel, const std::string &module, Clock::time_point deadline,
			 int interrupt_fd)
{
	const std::string &root = root_of(kernel);
	std::string why = why_it_stays(root, module);
	if (!why.empty())
		return fail(EPERM, "'%s' has to stay: %s", module.c_str(), why.c_str());
	TRY(wait_for_references(kernel, module, deadline, interrupt_fd));
	std::optional<unsigned long> references = TRY(module_references(root, module));
	if (!references) {
		TRY(forget_patch(root, module));
		return {};
	}
	TextUsers users = TRY(TextUsers::begin(root, module));
	int pause_ms = 1;
	for (;;) {
		std::vector<Task> inside = TRY(users.look());
		if (inside.empty())
			break;
		if (Clock::now() >= deadline) {
			std::unexpected<Error> late = fail(
				ETIMEDOUT, "%zu task%s may still run or sleep in the code of '%s'",
				inside.size(), inside.size() == 1 ? "" : "s", module.c_str());
			return std::unexpected(Staying(late.error(), std::move(inside)));
		}
		TRY(wait_a_moment(&pause_ms, deadline, interrupt_fd));
	}
	TRY(remove_module(module));
	TRY(forget_patch(root, module));
	return {};
}

}
