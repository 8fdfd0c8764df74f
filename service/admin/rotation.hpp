// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "session.hpp"

namespace klp::admin {

struct Rotation {
	std::string role, old_keyid;
	std::string holder; // a folder in keys/
};

// Makes a key in the holder's folder, and publishes it in the place of the old one: in the root for
// root and targets, in targets for the others, whose file the new key signs again. The old key's
// file stays, since a new root needs its signature.
Checked<> rotate(const CommonWords &words, const Rotation &rotation);

// Publishes the keys of snapshot, timestamp and tiers that a hub.json has, in the place of all that
// these roles had. Clients then drop what the former keys signed, so versions may begin lower.
Checked<> rotate_online(const CommonWords &words, const std::string &hub_json);

}
