// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "database.hpp"

namespace klp::store {

// A limit on the machines that may be attached by one token.
struct Plan {
	std::string name;
	std::optional<int64_t> machines; // nothing for no limit
};

// "personal" 3 machines, "community" 50, "organisation" as many as its owner says, or all. EINVAL
// for another name, for a limit that the plan sets itself, and for none above 0.
Result<Plan> plan_of(const std::string &name, std::optional<int64_t> machines);

struct Token {
	std::string id; // a name for people and pages; it opens nothing
	std::string organisation;
	std::string secret_sha256;
	Plan plan;
	std::string tier;
	int64_t created, expires; // seconds since 1970, UTC
	std::optional<int64_t> revoked;
};

// Makes the organisation, too, where it is not there. EEXIST for an id or a secret that is.
Result<> add_token(Database &database, const Token &token);

Result<std::optional<Token>> token_of_secret(Database &database, const std::string &secret_sha256);
Result<std::optional<Token>> token_of_id(Database &database, const std::string &id);

// The last ones that were created, newest first.
Result<std::vector<Token>> last_tokens(Database &database, int64_t most);

// No machine is attached by it from now on; those that are stay. False if there is no such token,
// or it was revoked before.
Result<bool> revoke_token(Database &database, const std::string &id, int64_t now);

}
