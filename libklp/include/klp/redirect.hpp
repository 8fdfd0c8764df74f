// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// A function of a loaded livepatch, as the kernel has it in memory.
struct Redirect {
	std::string patch;
	std::string object;
	std::string function;
	unsigned long sympos; // from 1
	uint64_t old_function; // its address; 0 while its module is not loaded
	uint64_t new_function; // the address that calls reach
	bool is_nop; // a replacing patch undoes another patch: calls reach the old code
	bool in_transition; // each task calls the old or the new code by its own patch state
	// The position on the stack of redirects of the old function: calls reach position 0. None
	// while the kernel has not put the redirect there.
	std::optional<size_t> position;
	bool is_registered = false; // ftrace calls livepatch for the old function

	bool operator==(const Redirect &) const = default;
};

}
