// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hub_folder.hpp"

namespace klp::hub {

// All that a hub has, of one instant, while it serves or not: the timestamp's bytes are read first,
// and what it leads to never changes.
tuf::Checked<> back_up(const HubFolder &folder, const std::string &archive);

// A hub's folder of a backup. mirror is a copy of the repository that is newer than the backup, or
// "": what publishers signed since cannot be made anew. It is verified (mirror.hpp). Signs all
// again, above whatever the hub signed before. now is in seconds since 1970, UTC.
tuf::Checked<> restore(const std::string &archive, const std::string &path,
		       const std::string &mirror, int64_t now);

}
