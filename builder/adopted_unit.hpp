// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <string>

namespace klp {

// Returns the command with which Kbuild would compile a source that its Makefile does not have: the
// command of a source beside it, with the name of the new source. command: the sibling's. sibling
// and unit are in one folder: "fs/proc/version.o". Returns EBADMSG when the command lacks a part
// that Kbuild puts into each command.
Result<std::string> command_beside(const std::string &command, const std::string &sibling,
				   const std::string &unit);

}
