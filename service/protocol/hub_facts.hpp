// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

// hub.json in the hub's folder: its owner takes it to where the offline keys are.
// Nothing in it is secret; all of it has to come from the hub itself.
struct HubFacts {
	static constexpr const char *schema = "klp.hub/1";

	std::string address; // is_hub_address()
	std::string pin; // SHA-256 of the SubjectPublicKeyInfo of its certificate
	nlohmann::json snapshot, timestamp, tiers; // the public key of each online role

	static Checked<HubFacts> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const HubFacts &) const = default;
};

}
