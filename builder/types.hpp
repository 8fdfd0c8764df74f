// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <set>
#include <string>
#include <vector>

namespace klp {

// A type that both sides of a fix have with a different layout.
struct LayoutChange {
	std::string type; // "struct ext4_sb_info"
	std::string what; // "'s_lock' is at byte 24 instead of 16"
	// The constants of an enum whose values change, if the enum changes in nothing else.
	std::set<std::string> enumerators;
};

// Compares the types of two objects of one unit, from their debug information (through pahole). A
// type of one side only is no change: no object of the type exists, or none is used.
Result<std::vector<LayoutChange>> compare_layouts(const std::string &before,
						  const std::string &after);

// The functions that both objects have, with the same types of result and parameters, named
// the same way.
Result<std::set<std::string>> functions_of_one_type(const std::string &before,
						    const std::string &after);

}
