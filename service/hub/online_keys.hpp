// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/metadata.hpp"
#include "../tuf/signing_key.hpp"
#include "hub_folder.hpp"

namespace klp::hub {

// The keys of the roles that the hub signs. A hub may have several of a role: those that the
// metadata names count, so that new keys do so from the very root and targets that name them.
struct OnlineKeys {
	// Refuses metadata that gives an online role to no key of the hub, or asks for more
	// signatures than one.
	static tuf::Checked<OnlineKeys> of(const HubFolder &folder, const tuf::Root &root,
					   const tuf::Targets &top);

	tuf::SigningKey snapshot, timestamp, tiers;
};

// Refuses a hub that lacks a key of a role, or has one that cannot be read.
tuf::Checked<> check_online_keys(const HubFolder &folder);

// Whether the key signed the file, whoever else did.
bool has_signed(const tuf::SigningKey &key, const std::string &name, const std::string &file);

// Makes a key of each online role beside those that are there, and puts their public parts into
// facts. keys is the folder of the hub's keys.
tuf::Checked<> make_online_keys(const std::string &keys, protocol::HubFacts *facts);

}
