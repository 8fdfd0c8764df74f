// SPDX-License-Identifier: LGPL-2.1-or-later
#include "machine_changes.hpp"
#include "../protocol/secret.hpp"
#include "../store/audit.hpp"

#include <cerrno>

namespace klp::hub {

Answer not_attached()
{
	return problem(protocol::ProblemKind::unauthorised,
		       "the hub does not know this machine; attach it anew");
}

Result<> write_audit(store::Database &database, const store::Machine &machine,
		     const std::string &action, int64_t now)
{
	// Without random numbers there are no secrets either, so no machine comes this far.
	protocol::Checked<std::string> id = protocol::new_id();
	if (!id)
		return fail(EIO, "%s", id.error().message.c_str());
	return store::add_audit_entry(
		database, {*id, now, "token " + machine.token, action, machine.id, machine.facts});
}

}
