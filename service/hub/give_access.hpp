// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/admin_access.hpp"
#include "hub_folder.hpp"

namespace klp::hub {

// Makes a person known to the hub, or gives one another secret and role, and writes that to the
// audit. The result opens the API until seconds have passed.
tuf::Checked<protocol::AdminAccess> give_access(const HubFolder &folder,
						const protocol::Identity &person, int64_t seconds,
						int64_t now);

}
