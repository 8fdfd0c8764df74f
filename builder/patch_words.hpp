// SPDX-License-Identifier: LGPL-2.1-or-later
// The name of a module, and its manifest.
#pragma once

#include "build.hpp"
#include "fix.hpp"
#include "image.hpp"

namespace klp {

// The module's name: "klp_fix" for fix.patch, or made of the output file's name.
std::string module_name(const BuildOptions &options);

// JSON, klp.manifest/1; bases: the images whose functions the module replaces.
std::string manifest(const Fix &fix, const PatchLabel &label, const BuildOutcome &outcome,
		     const std::vector<const Image *> &bases);

}
