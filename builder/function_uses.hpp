// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the users of a function in a shipped object by its bytes: every place that holds the
// function's address, or the distance to the function, with the kind of use.
//
// vmlinux keeps no relocations, so klp-build searches all of it. A match counts as an instruction
// if the code from the beginning of its function leads to the match.
#pragma once

#include "image.hpp"

#include <set>
#include <vector>

namespace klp {

struct FunctionUse {
	enum class Kind {
		call, // or a jump
		pointer, // its address is taken
		data, // its address is in data
		exported,
		unknown, // klp-build does not understand the code
	};
	Kind kind;
	uint64_t user; // the address of the function; 0: none
	std::string name; // of the user, or of the variable
};

class FunctionUses {
public:
	explicit FunctionUses(const Image &image);

	// Leaves out code and data that the kernel frees after it has booted or loaded the module.
	// Sorted by address; each user is listed once for each kind.
	std::vector<FunctionUse> of(const std::set<uint64_t> &functions) const;
	// Whether ftrace has a site at the beginning of this function.
	bool is_traceable(uint64_t function) const;

private:
	class Search;
	std::optional<FunctionUse::Kind> kind_at(const Image::Symbol &user, uint64_t place) const;

	const Image &image_;
	std::vector<uint64_t> sites_; // ftrace's, sorted
};

}
