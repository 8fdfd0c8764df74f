// SPDX-License-Identifier: LGPL-2.1-or-later
#include "give_access.hpp"
#include "../store/admins.hpp"
#include "audit_writing.hpp"

namespace klp::hub {

using protocol::AdminAccess;
using tuf::Checked;

Checked<AdminAccess> give_access(const HubFolder &folder, const protocol::Identity &person,
				 int64_t seconds, int64_t now)
{
	protocol::HubFacts facts = TRY(folder.facts());
	AdminAccess access = {facts.address, facts.pin, ""};
	access.secret = TRY(protocol::new_secret());
	const char *role = protocol::admin_role_words[static_cast<size_t>(person.role)];
	store::Database database = TRY(folder.open_database());
	store::Transaction transaction = TRY(store::Transaction::begin(database));
	TRY(store::put_admin(database, {person.name, role, protocol::hash_of_secret(access.secret),
					now, now + seconds}));
	TRY(write_audit(database, "hub", "access", person.name,
			nlohmann::json{{"role", role}}.dump(), now));
	TRY(transaction.commit());
	return access;
}

}
