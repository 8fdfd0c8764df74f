// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attaching.hpp"
#include "hub.hpp"
#include "round.hpp"

namespace klp::agent {

using protocol::Token;

// The machine that the state has, unless it belongs to another hub or has a clone.
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
	return state->save_identity();
}

Checked<> attach(AgentState *state, const std::string &token_text, int interrupt_fd)
{
	Token token = TRY(Token::from_text(token_text));
	TRY(prepare_identity(state, token));
	Round round = TRY(Round::begin(state, interrupt_fd));
	TRY(round.start_fetcher());
	TRY(trust_token(round.fetcher(), state->places, token));
	state->identity->attached =
		TRY(ask_to_attach(round.fetcher(), *state->identity, token.secret, round.facts()));
	TRY(state->save_identity());
	return round.run({});
}

}
