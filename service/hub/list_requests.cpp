// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests about tokens, machines and the audit.
#include "../protocol/admin_lists.hpp"
#include "../store/audit.hpp"
#include "../store/machines.hpp"
#include "../store/tokens.hpp"
#include "handlers.hpp"
#include "known_tier.hpp"

#include <cerrno>

namespace klp::hub {

using nlohmann::json;
using protocol::Checked;
using protocol::ProblemKind;

Result<Answer> identity(const Request &, const Context &context)
{
	return json_answer(200, context.person.to_json());
}

Result<Answer> tokens(const Request &, const Context &context)
{
	std::vector<store::Token> known =
		TRY(store::last_tokens(*context.database, protocol::most_listed));
	protocol::Tokens list;
	for (const store::Token &token : known) {
		int64_t places = TRY(store::places_taken(*context.database, token.id, context.now));
		list.tokens.push_back({token.id, token.organisation, token.plan.name, token.tier,
				       places, token.plan.machines, token.created, token.expires,
				       token.revoked});
	}
	return json_answer(200, list.to_json());
}

static Result<std::optional<Answer>> refusal_of(const protocol::NewToken &token,
						const Context &context)
{
	std::optional<Answer> refusal = TRY(refusal_of_tier(*context.database, token.tier));
	if (refusal)
		return refusal;
	Result<store::Plan> plan = store::plan_of(token.plan, token.machines);
	if (!plan)
		return problem(ProblemKind::refused, plan.error().message);
	return std::nullopt;
}

Result<Answer> create_token(const Request &request, const Context &context)
{
	Checked<protocol::NewToken> token = protocol::read<protocol::NewToken>(request.body);
	if (!token)
		return problem(token.error());
	store::Database &database = *context.database;
	store::Transaction transaction = TRY(store::Transaction::begin(database));
	std::optional<Answer> refusal = TRY(refusal_of(*token, context));
	if (refusal)
		return std::move(*refusal);
	store::Plan plan = TRY(store::plan_of(token->plan, token->machines));
	Result<> added = store::add_token(database, {token->id,
						     token->organisation,
						     token->secret_sha256,
						     plan,
						     token->tier,
						     context.now,
						     token->expires,
						     {}});
	if (!added && added.error().code == EEXIST)
		return problem(ProblemKind::conflict,
			       "there is a token '" + token->id + "'; choose another name");
	if (!added)
		return std::unexpected(added.error());
	json details = token->to_json();
	details.erase("secret_sha256");
	TRY(note_change(database, context.person, context.now, "token create", token->id, details));
	TRY(transaction.commit());
	return Answer{204, "", std::string()};
}

using Remove = Result<bool> (*)(store::Database &, const std::string &, int64_t);

static Result<Answer> remove(const Request &request, const Context &context, Remove remove_one,
			     const std::string &action, const std::string &kind)
{
	Checked<protocol::Removal> removal = protocol::read<protocol::Removal>(request.body);
	if (!removal)
		return problem(removal.error());
	store::Transaction transaction = TRY(store::Transaction::begin(*context.database));
	bool is_removed = TRY(remove_one(*context.database, removal->id, context.now));
	if (!is_removed)
		return problem(ProblemKind::not_found, "'" + removal->id + "' is no " + kind);
	TRY(note_change(*context.database, context.person, context.now, action, removal->id,
			json::object()));
	TRY(transaction.commit());
	return Answer{204, "", std::string()};
}

Result<Answer> revoke_token(const Request &request, const Context &context)
{
	return remove(request, context, store::revoke_token, "token revoke", "token that is good");
}

Result<Answer> remove_machine(const Request &request, const Context &context)
{
	return remove(request, context, store::detach_machine, "machine remove",
		      "attached machine");
}

// What the hub stored is what its readers let pass, so it is read again without a check.
static Result<protocol::Machines::Entry> entry_of(const store::Machine &machine)
{
	json facts = json::parse(machine.facts);
	Checked<protocol::Fields> fields = protocol::Fields::of("machine", facts);
	if (!fields)
		return fail(EIO, "%s", fields.error().message.c_str());
	Checked<protocol::MachineFacts> read = protocol::MachineFacts::of(*fields);
	if (!read)
		return fail(EIO, "%s", read.error().message.c_str());
	protocol::Machines::Entry entry = {
		machine.id, machine.token, *read, machine.attached, machine.seen, {}, {}, {}};
	if (machine.state) {
		json state = json::parse(*machine.state);
		entry.verdict = state.at("verdict");
		entry.reason = state.at("reason");
		if (state.contains("repository"))
			entry.repository = state["repository"];
	}
	return entry;
}

Result<Answer> machines(const Request &, const Context &context)
{
	std::vector<store::Machine> known =
		TRY(store::attached_machines(*context.database, protocol::most_listed));
	protocol::Machines list;
	for (const store::Machine &machine : known) {
		protocol::Machines::Entry entry = TRY(entry_of(machine));
		list.machines.push_back(std::move(entry));
	}
	return json_answer(200, list.to_json());
}

Result<Answer> audit(const Request &, const Context &context)
{
	std::vector<store::AuditEntry> entries =
		TRY(store::last_audit_entries(*context.database, protocol::most_listed));
	protocol::Audit list;
	for (const store::AuditEntry &entry : entries)
		list.entries.push_back({entry.time, entry.actor, entry.action, entry.subject});
	return json_answer(200, list.to_json());
}

}
