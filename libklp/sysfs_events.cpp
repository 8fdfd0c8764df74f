// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sysfs_events.hpp"
#include "try.hpp"

#include <algorithm>

namespace klp {

static TransitionEvent event(TransitionEvent::Kind kind, const std::string &patch, bool patching)
{
	TransitionEvent event;
	event.kind = kind;
	event.time = std::chrono::steady_clock::now();
	event.patch = patch;
	event.patching = patching;
	return event;
}

std::vector<TransitionEvent> SeenTransitions::take(const std::vector<LoadedPatch> &patches)
{
	using Kind = TransitionEvent::Kind;
	std::vector<TransitionEvent> events;
	for (const LoadedPatch &patch : patches) {
		if (!patch.in_transition)
			continue;
		bool patching = patch.is_wanted();
		auto [before, begins] = going_on_.try_emplace(patch.name, patching);
		if (begins)
			events.push_back(event(Kind::start, patch.name, patching));
		else if (before->second != patching)
			events.push_back(event(Kind::reverse, patch.name, patching));
		before->second = patching;
	}
	for (auto patch = going_on_.begin(); patch != going_on_.end();) {
		bool goes_on = std::ranges::any_of(patches, [&](const LoadedPatch &now) {
			return now.name == patch->first && now.in_transition;
		});
		if (!goes_on)
			events.push_back(event(Kind::complete, patch->first, patch->second));
		patch = goes_on ? std::next(patch) : going_on_.erase(patch);
	}
	return events;
}

SysfsEvents::SysfsEvents(Kernel &kernel) : kernel_(kernel)
{
	Result<std::vector<LoadedPatch>> patches = kernel.livepatches();
	if (patches)
		transitions_.take(*patches);
}

Result<std::vector<TransitionEvent>> SysfsEvents::read()
{
	std::vector<LoadedPatch> patches = TRY(kernel_.livepatches());
	return transitions_.take(patches);
}

}
