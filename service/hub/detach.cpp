// SPDX-License-Identifier: LGPL-2.1-or-later
// Detaching: a machine gives its place under its token's plan.
#include "../protocol/secret.hpp"
#include "handlers.hpp"
#include "machine_changes.hpp"

namespace klp::hub {

using protocol::ProblemKind;
using store::Machine;

// A machine that lost the answer asks again, and is told the same.
Result<Answer> detach(const Request &request, const Context &context)
{
	if (!request.body.empty())
		return problem(ProblemKind::malformed, "a request to detach has no body");
	store::Database &database = *context.database;
	std::string secret = protocol::hash_of_secret(request.bearer);
	// Who is not known gets no lock of the database.
	std::optional<Machine> machine = TRY(store::machine_of_secret(database, secret));
	if (!machine)
		return not_attached();
	store::Transaction transaction = TRY(store::Transaction::begin(database));
	machine = TRY(store::machine_of_secret(database, secret));
	if (!machine)
		return not_attached();
	bool is_detached = TRY(store::detach_machine(database, machine->id, context.now));
	if (is_detached) {
		TRY(note_machine(database, *machine, "machine detach", context.now));
		TRY(transaction.commit());
	}
	return Answer{204, "", std::string()};
}

}
