// SPDX-License-Identifier: LGPL-2.1-or-later
// bubblewrap around the programs that handle the text of a fix. They see /usr, what the dynamic
// linker and gcc need beside it, and what is named here; they have a /tmp and processes of their
// own, no network, no environment and no capabilities, and end with klp-build.
//
// So .incbin and #include find no file of the builder's, whoever that is.
#pragma once

#include <klp/error.hpp>
#include <string>
#include <vector>

namespace klp {

struct Sandbox {
	std::vector<std::string> readable; // files and folders, by absolute paths
	std::string writable; // a folder; "" for none

	// Returns the words that run a shell command in there; folder: "" for the writable one.
	std::vector<std::string> around(const std::string &command,
					const std::string &folder) const;
};

// Absolute, from where the programs of jobs are found; "" where it is not there.
std::string program_path(const std::string &name);

// Whether there can be one: ENOENT where bubblewrap is missing, EPERM where it may not.
Result<> check_sandbox();

}
