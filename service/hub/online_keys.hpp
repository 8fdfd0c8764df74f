// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/metadata.hpp"
#include "../tuf/signing_key.hpp"
#include "hub_folder.hpp"

namespace klp::hub {

// The keys of the roles that the hub signs.
struct OnlineKeys {
	static tuf::Checked<OnlineKeys> read(const HubFolder &folder);

	// Refuses metadata that gives an online role to another key than the hub's, or asks for
	// more signatures than the hub can make.
	tuf::Checked<> check(const tuf::Root &root, const tuf::Targets &top) const;

	tuf::SigningKey snapshot, timestamp, tiers;
};

}
