// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs the programs that handle the text of a fix in bubblewrap. The programs see /usr, the other
// files that the dynamic linker and gcc need, and the paths that are named here. The programs have
// a /tmp and processes of their own, no network, no environment and no capabilities, and end with
// klp-build.
//
// So .incbin and #include find no file of the user who builds.
#pragma once

#include <klp/error.hpp>
#include <string>
#include <vector>

namespace klp {

struct Sandbox {
	std::vector<std::string> readable; // files and folders, by absolute paths
	std::string writable; // a folder; "" for none

	// Returns the words that run a shell command in the sandbox; folder: "" for the writable
	// one.
	std::vector<std::string> around(const std::string &command,
					const std::string &folder) const;
};

// The absolute path of a program, as jobs find it; "" if there is none.
std::string program_path(const std::string &name);

// Whether a sandbox is possible: ENOENT if bubblewrap is missing, EPERM if it is not permitted.
Result<> check_sandbox();

}
