// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/loaded_patch.hpp>
#include <klp/transition_event.hpp>
#include <string>
#include <vector>

namespace klp::test {

inline LoadedPatch loaded_patch(const std::string &name, bool enabled, bool in_transition)
{
	LoadedPatch patch = {};
	patch.name = name;
	patch.enabled = enabled;
	patch.in_transition = in_transition;
	return patch;
}

// "start fix in, complete fix in"
inline std::string words(const std::vector<TransitionEvent> &events)
{
	std::string text;
	for (const TransitionEvent &event : events)
		text += (text.empty() ? "" : ", ") + std::string(name_of(event.kind)) + " " +
			event.patch + (*event.patching ? " in" : " out");
	return text;
}

}
