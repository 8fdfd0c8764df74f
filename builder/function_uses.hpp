// SPDX-License-Identifier: LGPL-2.1-or-later
// Who uses a function of a shipped object, as its bytes tell: every place in it that holds the
// function's address, or the distance to it, and what stands there.
//
// No symbol table of relocations is left of vmlinux, so all of it is searched; an instruction
// that is found is believed if the code from the beginning of its function leads to it.
#pragma once

#include "image.hpp"

#include <set>
#include <vector>

namespace klp {

struct FunctionUse {
	enum class Kind {
		call, // or a jump
		pointer, // its address is made a value of
		data, // its address is in data
		exported,
		unknown, // what stands there is not understood
	};
	Kind kind;
	uint64_t user; // the address of the function that does; 0: none
	std::string name; // of the user, or of the variable
};

class FunctionUses {
public:
	explicit FunctionUses(const Image &image);

	// Code and data that is gone when the kernel has booted, or the module was loaded, is
	// left out. In order of address; a user comes once for each kind.
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
