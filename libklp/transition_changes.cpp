// SPDX-License-Identifier: LGPL-2.1-or-later
#include "transition_changes.hpp"

#include <algorithm>

namespace klp {

static Step step(Step::Kind kind, const std::string &patch, bool patching)
{
	Step step = {};
	step.kind = kind;
	step.time = std::chrono::steady_clock::now();
	step.patch = patch;
	step.patching = patching;
	return step;
}

// "livepatch: 'NAME': starting patching transition", "livepatch: 'NAME': unpatching
// complete" (kernel/livepatch/transition.c).
std::vector<Step> TransitionChanges::logged(const std::string &message)
{
	constexpr std::string_view prefix = "livepatch: '";
	size_t end = message.find("': ");
	if (!message.starts_with(prefix) || end == std::string::npos)
		return {};
	std::string patch = message.substr(prefix.size(), end - prefix.size());
	std::string said = message.substr(end + 3);
	for (bool patching : {true, false}) {
		std::string way = patching ? "patching" : "unpatching";
		if (said == "starting " + way + " transition") {
			auto [before, begins] = under_way_.try_emplace(patch, patching);
			bool turns = !begins && before->second != patching;
			before->second = patching;
			return {step(turns ? Step::Kind::reverse : Step::Kind::start, patch,
				     patching)};
		}
		if (said == way + " complete") {
			under_way_.erase(patch);
			return {step(Step::Kind::complete, patch, patching)};
		}
	}
	return {};
}

std::vector<Step> TransitionChanges::seen(const std::vector<LoadedPatch> &patches)
{
	std::vector<Step> steps;
	for (const LoadedPatch &patch : patches) {
		if (!patch.in_transition)
			continue;
		bool patching = patch.is_wanted();
		auto [before, begins] = under_way_.try_emplace(patch.name, patching);
		if (begins)
			steps.push_back(step(Step::Kind::start, patch.name, patching));
		else if (before->second != patching)
			steps.push_back(step(Step::Kind::reverse, patch.name, patching));
		before->second = patching;
	}
	for (auto patch = under_way_.begin(); patch != under_way_.end();) {
		bool goes_on = std::ranges::any_of(patches, [&](const LoadedPatch &now) {
			return now.name == patch->first && now.in_transition;
		});
		if (!goes_on)
			steps.push_back(step(Step::Kind::complete, patch->first, patch->second));
		patch = goes_on ? std::next(patch) : under_way_.erase(patch);
	}
	return steps;
}

}
