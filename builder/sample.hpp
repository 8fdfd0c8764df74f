// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fix.hpp"

namespace klp {

// A fix of nothing, whose effect can be seen: " klp_sample" stands at the end of /proc/cmdline.
inline constexpr const char *sample_name = "sample.patch";
// source is the folder of a kernel's source. ENOENT where it does not have the function.
Result<Fix> sample_fix(const std::string &source);

}
