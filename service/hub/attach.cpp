// SPDX-License-Identifier: LGPL-2.1-or-later
// Attaching: a token's secret makes a machine known, with a secret of its own.
#include "../protocol/attach.hpp"
#include "../store/tokens.hpp"
#include "handlers.hpp"
#include "machine_changes.hpp"

namespace klp::hub {

using protocol::Attach;
using protocol::ProblemKind;
using store::Machine;

namespace {

std::string sentence_on_limit(const store::Plan &plan)
{
	std::string machines =
		std::to_string(*plan.machines) + (*plan.machines == 1 ? " machine" : " machines");
	return "the plan '" + plan.name + "' has " + machines +
	       ", and all of them are attached; detach one, or use the token of another plan";
}

std::optional<Answer> refusal_of(const std::optional<store::Token> &token, int64_t now)
{
	if (!token || token->revoked)
		return problem(ProblemKind::unauthorised,
			       "the hub does not know this token, or it was revoked");
	if (token->expires <= now)
		return problem(ProblemKind::expired,
			       "the token has expired; ask its owner for a new one");
	return std::nullopt;
}

// The machine as it is after attaching. One that is known keeps its counter: it may not go back.
Machine machine_of(const Attach &attach, const std::string &token,
		   const std::optional<Machine> &known, int64_t now)
{
	Machine machine = {};
	if (known)
		machine = *known;
	else
		machine.attached = now;
	nlohmann::json facts = nlohmann::json::object();
	attach.facts.add_to(&facts);
	machine.id = attach.machine;
	machine.token = token;
	machine.secret_sha256 = protocol::hash_of_secret(attach.secret);
	machine.ephemeral = attach.ephemeral;
	machine.facts = facts.dump();
	machine.seen = now;
	machine.detached.reset();
	return machine;
}

// True where attaching says nothing that is not known: a machine that lost the answer asks again.
bool is_again(const Machine &machine, const std::optional<Machine> &known)
{
	return known && !known->detached && known->token == machine.token &&
	       known->ephemeral == machine.ephemeral && known->facts == machine.facts;
}

Answer attached(const store::Token &token, int64_t places, int64_t interval)
{
	return json_answer(200, protocol::Attached{token.organisation, token.plan.name, token.tier,
						   places, token.plan.machines, interval}
					.to_json());
}

}

// Two machines that ask for the last place at once do not both get it.
static Result<Answer> place_for(const Attach &attach, const store::Token &token,
				const std::optional<Machine> &known, const Context &context)
{
	store::Database &database = *context.database;
	Machine machine = machine_of(attach, token.id, known, context.now);
	int64_t places = TRY(store::places_taken(database, token.id, context.now));
	bool has_place = known && known->token == token.id && store::has_place(*known, context.now);
	if (!has_place && token.plan.machines && places >= *token.plan.machines)
		return problem(ProblemKind::limit, sentence_on_limit(token.plan));
	TRY(store::put_machine(database, machine));
	if (!is_again(machine, known))
		TRY(note_machine(database, machine, "machine attach", context.now));
	return attached(token, places + !has_place, context.interval);
}

// The token is read again: it may have been revoked while this request waited for the lock.
static Result<Answer> take_place(const Attach &attach, const std::string &token_id,
				 const Context &context)
{
	store::Database &database = *context.database;
	store::Transaction transaction = TRY(store::Transaction::begin(database));
	std::optional<store::Token> token = TRY(store::token_of_id(database, token_id));
	std::optional<Answer> refusal = refusal_of(token, context.now);
	if (refusal)
		return std::move(*refusal);
	std::string secret = protocol::hash_of_secret(attach.secret);
	std::optional<Machine> known = TRY(store::machine_of_id(database, attach.machine));
	if (known && known->secret_sha256 != secret)
		return problem(ProblemKind::conflict, "another machine has this id; attach with "
						      "a new id and a new secret");
	std::optional<Machine> holder = TRY(store::machine_of_secret(database, secret));
	if (holder && holder->id != attach.machine)
		return problem(ProblemKind::conflict, "another machine has this secret; attach "
						      "with a new id and a new secret");
	Answer answer = TRY(place_for(attach, *token, known, context));
	if (answer.status == 200)
		TRY(transaction.commit());
	return answer;
}

// Who has no token gets no lock of the database.
Result<Answer> attach(const Request &request, const Context &context)
{
	protocol::Checked<Attach> attach = protocol::read<Attach>(request.body);
	if (!attach)
		return problem(attach.error());
	std::optional<store::Token> token = TRY(store::token_of_secret(
		*context.database, protocol::hash_of_secret(request.bearer)));
	std::optional<Answer> refusal = refusal_of(token, context.now);
	if (refusal)
		return std::move(*refusal);
	return take_place(*attach, token->id, context);
}

}
