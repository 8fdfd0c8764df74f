// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "workstation.hpp"

namespace klp::admin {

struct Ceremony {
	size_t holders = 3, threshold = 2; // of the keys of root and targets
	size_t publishers = 1, publisher_threshold = 1; // of releases; recalls need one of them
	bool is_trial = false; // said in the root for everybody to see
	std::string passphrase = {}; // of all keys; empty for none
};

// Makes all offline keys, and signs the first root, targets, releases and recalls with them: a
// workstation's folder, whole or not at all, whose draft "first" the publisher sends to the hub.
// now is in seconds since 1970, UTC.
Checked<> hold_ceremony(const std::string &path, const protocol::HubFacts &hub,
			const Ceremony &ceremony, int64_t now);

}
