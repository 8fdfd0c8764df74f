// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "database.hpp"

namespace klp::store {

// A change that a person made, a machine with a token, or the hub by itself. It is written in the
// transaction of the change.
struct AuditEntry {
	std::string id; // new_id()
	int64_t time; // seconds since 1970, UTC
	std::string actor; // "hub", the name of a person's API token, or "token ID" for a machine
	std::string action; // "token add"
	std::string subject;
	std::string details; // JSON
};

Result<> add_audit_entry(Database &database, const AuditEntry &entry);

// The last ones of people and of the hub, newest first. Machines attach and detach as often as they
// like: their rows would take the place of all others.
Result<std::vector<AuditEntry>> last_audit_entries(Database &database, int64_t most);

}
