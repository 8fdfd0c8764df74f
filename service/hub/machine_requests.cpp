// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests of attached machines. A machine is served however many machines its plan has: the limit
// is on attaching alone.
#include "../protocol/report.hpp"
#include "../store/tokens.hpp"
#include "handlers.hpp"
#include "machine_changes.hpp"

#include <cerrno>

namespace klp::hub {

using protocol::CheckIn;
using protocol::ProblemKind;
using store::Machine;

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
// fixes. Its words are not stored, since two machines would take turns in one row. Two check-ins of
// one machine that overtake each other look alike, so an agent has one under way at a time. A
// machine whose plan is full detaches first: its old id would keep the place.
static Result<bool> note(const CheckIn &check_in, const Machine &machine, const Context &context)
{
	store::Database &database = *context.database;
	if (check_in.counter <= machine.counter) {
		TRY(store::note_clone(database, machine, context.now));
		return true;
	}
	TRY(store::note_check_in(database, machine, check_in.counter, state_of(check_in),
				 context.now));
	return false;
}

// The machine is read again: it may have been detached while this request waited for the lock. So a
// check-in reads a machine twice and a token once, each by an index.
static Result<Answer> take_check_in(const Request &request, const CheckIn &check_in,
				    const Context &context)
{
	store::Database &database = *context.database;
	store::Transaction transaction =
		TRY(store::Transaction::begin(database, store::Transaction::Durability::unsynced));
	std::optional<Machine> machine = TRY(machine_of(request, context));
	if (!machine)
		return not_attached();
	std::optional<store::Token> token = TRY(store::token_of_id(database, machine->token));
	if (!token)
		return fail(EIO, "machine '%s' has no token", machine->id.c_str());
	bool is_clone = TRY(note(check_in, *machine, context));
	TRY(transaction.commit());
	return json_answer(200,
			   protocol::CheckedIn{context.interval, token->tier, is_clone, context.now}
				   .to_json());
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
	return take_check_in(request, *check_in, context);
}

// A second report of one number that says something else may be a failure that halts a wave: it is
// refused, so that its machine knows that it did not count.
static Result<Answer> take_report(const Request &request, const protocol::Report &report,
				  const Context &context)
{
	store::Database &database = *context.database;
	store::Transaction transaction = TRY(store::Transaction::begin(database));
	std::optional<Machine> machine = TRY(machine_of(request, context));
	if (!machine)
		return not_attached();
	nlohmann::json document = report.to_json();
	bool is_there = TRY(
		store::add_report(database, {machine->id, report.number, context.now,
					     report.kernel.release, report.kernel.build_id,
					     report.version, document["step"], document.dump()}));
	if (!is_there)
		return problem(ProblemKind::conflict,
			       "the hub has another report of this number; two machines have one "
			       "identity: attach with a new id and a new secret");
	TRY(transaction.commit());
	return Answer{204, "", std::string()};
}

Result<Answer> report(const Request &request, const Context &context)
{
	protocol::Checked<protocol::Report> report = protocol::read<protocol::Report>(request.body);
	if (!report)
		return problem(report.error());
	std::optional<Machine> machine = TRY(machine_of(request, context));
	if (!machine)
		return not_attached();
	return take_report(request, *report, context);
}

}
