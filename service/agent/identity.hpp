// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/attach.hpp"
#include "../protocol/token.hpp"

namespace klp::agent {

using tuf::Checked;

// Who this machine is to a hub: identity.json, for root alone. The id and the secret are stored
// before the hub hears of them, so that attaching that was cut off goes on as the same machine.
struct Identity {
	static constexpr const char *schema = "klp.agent/1";

	std::string hub; // is_hub_address()
	std::optional<std::string> pin; // as in the token
	std::string machine, secret;
	std::optional<protocol::Attached> attached; // what the hub answered; nothing before

	static Checked<Identity> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	// A new machine for the token's hub.
	static Checked<Identity> make(const protocol::Token &token);

	bool operator==(const Identity &) const = default;
};

}
