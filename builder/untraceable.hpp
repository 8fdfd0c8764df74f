// SPDX-License-Identifier: LGPL-2.1-or-later
// Handles changed functions that ftrace cannot redirect, such as all of lib/: a patch can bring a
// copy for their callers, if all callers are known and can be replaced.
//
// The unit of a static function shows its callers (Difference). klp-build searches the image for
// the callers of a function that other units know by its name.
#pragma once

#include "refusal.hpp"
#include "unit_of_fix.hpp"

#include <set>
#include <span>
#include <string>

namespace klp {

// Copies each such function if its callers are few, traceable and all in units of the fix, and
// replaces the callers. Returns the names of the copies, which must not be mistaken for functions
// of the kernel.
std::set<std::string> bring_in_callers(std::span<const UnitOfFix> units);

// Names the callers of the function at an address, for the author who has to change the callers
// instead: "it is called by 'a', 'b' and 12 more". "" if unknown.
std::string callers_in_words(const Image &image, uint64_t function);

// Adds these words to the refusals of functions that ftrace cannot redirect.
void name_callers(const UnitOfFix &unit, Refusals *refusals);

}
