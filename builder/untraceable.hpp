// SPDX-License-Identifier: LGPL-2.1-or-later
// Changed functions that ftrace cannot redirect, such as all of lib/: a patch can bring a copy
// for their callers to call, if these can be replaced and are all known.
//
// The unit of a static function shows its callers (Difference). Those of a function that other
// units know by its name are searched for in the image.
#pragma once

#include "difference.hpp"
#include "image.hpp"
#include "proof.hpp"

#include <span>
#include <string>

namespace klp {

struct UnitOfFix {
	const Object *before, *after;
	Difference *difference;
	const Proof *proof;
	const Image *image;
};

// Has a copy made of each such function of which all callers are in units of the fix, few and
// traceable, and has these replaced. Returns the names of the copies, which are not to be
// taken for what the kernel has.
std::set<std::string> bring_in_callers(std::span<const UnitOfFix> units);

// Who calls the function at an address, for the one who has to change them instead: "it is called
// by 'a', 'b' and 12 more". "" where nothing can be said.
std::string callers_in_words(const Image &image, uint64_t function);

}
