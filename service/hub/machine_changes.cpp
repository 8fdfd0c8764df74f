// SPDX-License-Identifier: LGPL-2.1-or-later
#include "machine_changes.hpp"
#include "audit_writing.hpp"

namespace klp::hub {

Answer not_attached()
{
	return problem(protocol::ProblemKind::unauthorised,
		       "the hub does not know this machine; attach it anew");
}

Result<> note_machine(store::Database &database, const store::Machine &machine,
		      const std::string &action, int64_t now)
{
	return write_audit(database, "token " + machine.token, action, machine.id, machine.facts,
			   now);
}

}
