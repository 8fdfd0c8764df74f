// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attaching.hpp"
#include "hub.hpp"
#include "round.hpp"

namespace klp::agent {

using protocol::Token;

// The machine that the state has, unless it belongs to another hub or has a clone. A new one is
// stored before the hub hears of it; of one that is attached nothing is stored before the hub took
// the token.
static Checked<> prepare_identity(AgentState *state, const Token &token)
{
	std::optional<Identity> &known = state->identity;
	if (known && known->attached && known->hub != token.hub)
		return tuf::refuse(tuf::FaultKind::local,
				   "this machine is attached to %s; 'klp detach' first",
				   known->hub.c_str());
	if (!known || known->hub != token.hub || state->journal.is_clone) {
		known = TRY(Identity::make(token));
		state->journal.is_clone = false;
		state->journal.counter = 0;
		state->journal.reports_made = 0;
		state->journal.reports.clear();
		TRY(state->save_journal());
	}
	known->pin = token.pin;
	return known->attached ? Checked<>() : state->save_identity();
}

static Checked<Round> ask_hub(AgentState *state, const Token &token, int interrupt_fd)
{
	TRY(prepare_identity(state, token));
	Round round = TRY(Round::begin(state, interrupt_fd));
	TRY(round.start_fetcher());
	TRY(trust_token(round.fetcher(), state->places, token));
	state->identity->attached =
		TRY(ask_to_attach(round.fetcher(), *state->identity, token.secret, round.facts()));
	TRY(state->save_identity());
	return round;
}

// A refused token takes no fixes from a machine that is attached, nor from a clone.
static Checked<> give_back(AgentState *state, Identity identity, Journal journal)
{
	state->identity = std::move(identity);
	state->journal = std::move(journal);
	TRY(state->save_identity());
	return state->save_journal();
}

Checked<> attach(AgentState *state, const std::string &token_text, int interrupt_fd)
{
	Token token = TRY(Token::from_text(token_text));
	const std::optional<Identity> known = state->identity;
	const Journal journal = state->journal;
	Checked<Round> round = ask_hub(state, token, interrupt_fd);
	if (round)
		return round->run({});
	if (known && known->attached)
		TRY(give_back(state, *known, journal));
	return std::unexpected(round.error());
}

}
