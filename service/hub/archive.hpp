// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/fault.hpp"

#include <vector>

namespace klp::hub {

// Packs files, whose paths are below folder, in this order. The archive is for its user only, and
// appears whole or not at all; local if it is there.
tuf::Checked<> pack(const std::string &archive, const std::string &folder,
		    const std::vector<std::string> &paths);
tuf::Checked<> unpack(const std::string &archive, const std::string &folder);

}
