// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "secret.hpp"

namespace klp::protocol {

// All that a machine needs for its first contact, in one string: "klp1.", the document klp.token/1
// in base64url, ".", and 8 hexadecimal digits of the SHA-256 of all before: a token that was copied
// in part is seen to be damaged, not to be wrong.
//
// klp-admin composes it from its own pinned root. The hub never sees a whole token: a thief there
// could choose the root.
struct Token {
	static constexpr const char *schema = "klp.token/1";

	std::string hub; // "https://hub.example:8443"
	// SHA-256 of the SubjectPublicKeyInfo of the hub's certificate; nothing where a public CA
	// vouches for the hub.
	std::optional<std::string> pin;
	int64_t root_version; // at least 1
	std::string root_sha256; // of the bytes of that root
	int64_t expires; // seconds since 1970, UTC
	std::string secret;

	static Checked<Token> from_text(std::string_view text);
	std::string text() const;

	static Checked<Token> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Token &) const = default;
};

// "https://HOST", "https://HOST:PORT", the host a name, an IPv4 address, or an IPv6 address in
// brackets; no user, path or query.
bool is_hub_address(std::string_view text);
Checked<std::string> hub_address(const Fields &fields, const char *name);

}
