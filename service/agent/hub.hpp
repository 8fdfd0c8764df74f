// SPDX-License-Identifier: LGPL-2.1-or-later
// The requests of the agent to the hub.
#pragma once

#include "agent_state.hpp"
#include "fetcher.hpp"

namespace klp::agent {

// An answer that is none of success. retry_after is in seconds; 0 for none.
struct HubAnswer {
	std::optional<protocol::CheckedIn> checked_in; // nothing: the request failed
	std::string problem; // then why, one line
	int64_t retry_after = 0;
};

// Makes the hub know the machine of the identity.
Checked<protocol::Attached> ask_to_attach(Fetcher *fetcher, const Identity &identity,
					  const std::string &token_secret,
					  const protocol::MachineFacts &facts);

HubAnswer check_in(Fetcher *fetcher, const Identity &identity, const protocol::CheckIn &check_in);

// Gives the machine's place back.
Checked<> ask_to_detach(Fetcher *fetcher, const Identity &identity);

// Sends the reports that wait, the oldest first. Those that the hub took, or will never take, are
// removed. The rest waits for the next round.
void send_reports(Fetcher *fetcher, const Identity &identity, Journal *journal);

// Takes the root of the token's hash from the hub, and makes it the trusted one. A root that is
// trusted already stays: malformed if the token names another one of the same version.
Checked<> trust_token(Fetcher *fetcher, const Places &places, const protocol::Token &token);

// The root's bytes are those that the token names.
Checked<> check_root(const protocol::Token &token, std::string_view root);

}
