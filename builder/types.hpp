// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <set>
#include <string>
#include <vector>

namespace klp {

// A type that both sides of a fix have, and that is laid out differently.
struct LayoutChange {
	std::string type; // "struct ext4_sb_info"
	std::string what; // "'s_lock' is at byte 24 instead of 16"
	// Of an enum, all that have another value: no more than that changes.
	std::set<std::string> enumerators;
};

// The types of two objects of one unit, from their debug information (through pahole).
// Types of one side only are no change: no object of them exists, or none is used.
Result<std::vector<LayoutChange>> compare_layouts(const std::string &before,
						  const std::string &after);

// The functions that both objects have, with the same types of result and parameters, named
// the same way.
Result<std::set<std::string>> functions_of_one_type(const std::string &before,
						    const std::string &after);

}
