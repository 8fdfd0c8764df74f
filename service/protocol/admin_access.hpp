// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "secret.hpp"

namespace klp::protocol {

// Each may do what those before it may.
enum class AdminRole { viewer, operator_, publisher };
inline constexpr std::array admin_role_words = {"viewer", "operator", "publisher"};

// All that klp-admin needs to speak to a hub as a person, in one string: "klpa1.", the document
// klp.access/1 in base64url, ".", and the check digits of a token.
struct AdminAccess {
	static constexpr const char *schema = "klp.access/1";

	std::string hub; // is_hub_address()
	std::optional<std::string> pin; // as in a token
	std::string secret; // the bearer of requests below /v1/admin
	// Where this person's requests go instead: a tunnel's end, or a loopback address. Not in a
	// login string, whose reader sees the hub's address alone.
	std::optional<std::string> reach = {};

	static Checked<AdminAccess> from_text(std::string_view text);
	std::string text() const;

	static Checked<AdminAccess> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const AdminAccess &) const = default;
};

// GET /v1/admin/identity: who the bearer is.
struct Identity {
	static constexpr const char *schema = "klp.identity/1";

	std::string name; // a component
	AdminRole role;

	static Checked<Identity> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Identity &) const = default;
};

}
