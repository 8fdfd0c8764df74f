// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/loaded_patch.hpp>
#include <klp/patch_file.hpp>
#include <string>

namespace klp {

// The difference between the objects and functions that a file announced and those that the kernel
// has of the patch, as a sentence; "" where they are the same, or where the file announced none.
std::string difference_from_announced(const PatchFile &file, const LoadedPatch &loaded);

}
