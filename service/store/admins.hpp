// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "database.hpp"

namespace klp::store {

// A person with a secret for the API below /v1/admin.
struct Admin {
	std::string name, role; // a word of admin_role_words
	std::string secret_sha256;
	int64_t created, expires; // seconds since 1970, UTC
};

// In the place of the one with this name: a lost secret opens nothing from then on.
Result<> put_admin(Database &database, const Admin &admin);
Result<std::optional<Admin>> admin_of_secret(Database &database, const std::string &secret_sha256);

}
