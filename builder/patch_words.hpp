// SPDX-License-Identifier: LGPL-2.1-or-later
// What a module says of itself, and is called.
#pragma once

#include "build.hpp"
#include "fix.hpp"
#include "image.hpp"

namespace klp {

// "klp_fix" for fix.patch, or of the file that it is to be written to.
std::string module_name(const BuildOptions &options);

// JSON, klp.manifest/1; bases: of what it replaces functions.
std::string manifest(const Fix &fix, const BuildOutcome &outcome,
		     const std::vector<const Image *> &bases);

}
