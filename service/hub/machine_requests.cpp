// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests of attached machines. A machine is served however many machines its plan has: the limit
// is on attaching alone.
#include "../protocol/report.hpp"
#include "../store/machines.hpp"
#include "../store/tokens.hpp"
#include "handlers.hpp"

#include <cerrno>

namespace klp::hub {

using protocol::CheckIn;
using protocol::ProblemKind;
using store::Machine;

static Answer not_attached()
{
	return problem(ProblemKind::unauthorised,
		       "the hub does not know this machine; attach it anew");
}

// A machine that was detached has given its place, and has to ask for one again.
static Result<std::optional<Machine>> machine_of(const Request &request, const Context &context)
{
	std::optional<Machine> machine = TRY(store::machine_of_secret(
		*context.database, protocol::hash_of_secret(request.bearer)));
	if (machine && machine->detached)
		return std::nullopt;
	return machine;
}

// The state of a check-in is all of it but the counter: where nothing has changed, the text is that
// of the last one.
static std::string state_of(const CheckIn &check_in)
{
	nlohmann::json document = check_in.to_json();
	document.erase("counter");
	return document.dump();
}

// True for a clone. It is told to attach anew, and is served all the same: it still needs its
// fixes. Its words are not stored, since two machines would take turns in one row.
static Result<bool> note(const CheckIn &check_in, const std::string &machine_id,
			 const Context &context)
{
	store::Database &database = *context.database;
	store::Transaction transaction =
		TRY(store::Transaction::begin(database, store::Transaction::Durability::unsynced));
	std::optional<Machine> machine = TRY(store::machine_of_id(database, machine_id));
	if (!machine)
		return fail(ENOENT, "machine '%s' is no longer there", machine_id.c_str());
	bool is_clone = check_in.counter <= machine->counter;
	if (is_clone)
		TRY(store::note_clone(database, *machine, context.now));
	else
		TRY(store::note_check_in(database, *machine, check_in.counter, state_of(check_in),
					 context.now));
	TRY(transaction.commit());
	return is_clone;
}

// Who is not attached gets no lock of the database.
Result<Answer> check_in(const Request &request, const Context &context)
{
	protocol::Checked<CheckIn> check_in = protocol::read<CheckIn>(request.body);
	if (!check_in)
		return problem(check_in.error());
	std::optional<Machine> machine = TRY(machine_of(request, context));
	if (!machine)
		return not_attached();
	std::optional<store::Token> token =
		TRY(store::token_of_id(*context.database, machine->token));
	if (!token)
		return fail(EIO, "machine '%s' has no token", machine->id.c_str());
	bool is_clone = TRY(note(*check_in, machine->id, context));
	return json_answer(200,
			   protocol::CheckedIn{context.interval, token->tier, is_clone, context.now}
				   .to_json());
}

Result<Answer> report(const Request &request, const Context &context)
{
	protocol::Checked<protocol::Report> report = protocol::read<protocol::Report>(request.body);
	if (!report)
		return problem(report.error());
	std::optional<Machine> machine = TRY(machine_of(request, context));
	if (!machine)
		return not_attached();
	nlohmann::json document = report->to_json();
	TRY(store::add_report(*context.database,
			      {machine->id, report->number, context.now, report->kernel.release,
			       report->kernel.build_id, report->version, document["step"],
			       document.dump()}));
	return Answer{204, "", std::string()};
}

}
