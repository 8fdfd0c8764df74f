// SPDX-License-Identifier: LGPL-2.1-or-later
// Steps of transitions, as far as they can be told without BPF.
#pragma once

#include <klp/loaded_patch.hpp>
#include <klp/steps.hpp>
#include <map>

namespace klp {

// Either the log is read or sysfs is looked at, but for the beginning, when sysfs tells
// what is under way already.
class TransitionChanges {
public:
	// A line of the kernel log: start, reversal and end are told there, however short
	// what lies between.
	std::vector<Step> logged(const std::string &message);
	// What sysfs shows now, compared with before.
	std::vector<Step> seen(const std::vector<LoadedPatch> &patches);

private:
	std::map<std::string, bool> under_way_; // whether on its way in
};

}
