// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <string>

namespace klp {

// How Kbuild would compile a source that its Makefile doesn't have: as one beside it, under
// its own name. command: sibling's; both are units of one folder, "fs/proc/version.o". EBADMSG
// when the command does not have what Kbuild puts into each.
Result<std::string> command_beside(const std::string &command, const std::string &sibling,
				   const std::string &unit);

}
