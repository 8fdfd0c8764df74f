// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/admin_access.hpp"
#include "../store/database.hpp"
#include "answer.hpp"

namespace klp::hub {

// The person whose secret a request has, if the hub knows one and it has not expired.
Result<std::optional<protocol::Identity>> person_of(const Request &request,
						    store::Database &database, int64_t now);

// The answer for who may not do what needs the role.
std::optional<Answer> refusal_for(const std::optional<protocol::Identity> &person,
				  protocol::AdminRole needed);

// Writes what the person does, in the transaction of the change.
Result<> note_change(store::Database &database, const protocol::Identity &person, int64_t now,
		     const std::string &action, const std::string &subject,
		     const nlohmann::json &details);

}
