// SPDX-License-Identifier: LGPL-2.1-or-later
// attach and detach.
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "attaching.hpp"
#include "hub.hpp"
#include "round.hpp"
#include "verb.hpp"
#include "verbs.hpp"

#include <iostream>

namespace klp::agent {

int run_attach(int argc, char **argv)
{
	std::string token;
	Places places;
	CommandLine app("Needs root. Attach this machine to a hub: it gets livepatches by itself.",
			"klp attach");
	app.add_option("TOKEN", token, "the token; - reads it from standard input")->required();
	add_places(&app, &places);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	if (token == "-" && !std::getline(std::cin, token)) {
		say(stderr, "klp attach: standard input has no token\n");
		return exit_failed;
	}
	return with_state("klp attach", places, [&](AgentState *state) -> Checked<> {
		TRY(attach(state, token, -1));
		const protocol::Attached &attached = *state->identity->attached;
		say(stdout, "attached to %s for %s, in the tier '%s'\n",
		    state->identity->hub.c_str(), attached.organisation.c_str(),
		    attached.tier.c_str());
		print_verdict(*state);
		return {};
	});
}

// The machine detaches also from a hub that is away.
static Checked<> tell_hub(AgentState *state)
{
	if (!state->identity || !state->identity->attached)
		return {};
	Round round = TRY(Round::begin(state, -1));
	TRY(round.start_fetcher());
	return ask_to_detach(round.fetcher(), *state->identity);
}

int run_detach(int argc, char **argv)
{
	Places places;
	CommandLine app("Needs root. Detach this machine from its hub. A livepatch stays active "
			"until the next boot.",
			"klp detach");
	add_places(&app, &places);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return with_state("klp detach", places, [&](AgentState *state) -> Checked<> {
		Checked<> told = tell_hub(state);
		TRY(state->forget_identity());
		TRY(remove_status(state->places));
		if (!told)
			say(stderr,
			    "klp detach: the hub does not know it (%s): the machine keeps its "
			    "place for 30 days, or until 'klp-admin machine remove'\n",
			    told.error().message.c_str());
		say(stdout, "detached; a livepatch that is active stays active until the next "
			    "boot\n");
		return {};
	});
}

}
