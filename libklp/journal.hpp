// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace klp {

// One record in the system log for each thing done to the running kernel: who, what
// (SHA-256, "" where only a name was given), on which kernel, how it ended.
void journal(const char *action, const std::string &patch, const std::string &sha256,
	     const std::string &release, const char *result, double duration_ms);

}
