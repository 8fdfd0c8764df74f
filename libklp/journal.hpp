// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace klp {

// Writes one record in the system log for each action on the running kernel: the user, the patch
// (SHA-256, "" where only a name was given), the kernel, the result.
void journal(const char *action, const std::string &patch, const std::string &sha256,
	     const std::string &release, const char *result, double duration_ms);

}
