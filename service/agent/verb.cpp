// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verb.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"

#include <unistd.h>

namespace klp::agent {

using tuf::FaultKind;

void add_places(CommandLine *app, Places *places)
{
	app->add_option("--state", places->state, "the agent's folder")
		->capture_default_str()
		->type_name("DIR");
	app->add_option("--run", places->run, "the folder of status.json")
		->capture_default_str()
		->type_name("DIR");
	app->add_option("--config", places->settings, "the settings, klp-agent.conf(5)")
		->capture_default_str()
		->type_name("FILE");
}

int with_state(const char *name, const Places &places,
	       const std::function<Checked<>(AgentState *)> &body)
{
	Checked<> done = tuf::refuse(FaultKind::local, "needs root");
	if (geteuid() == 0) {
		Checked<AgentState> state = AgentState::open(places);
		done = state ? body(&*state) : std::unexpected(state.error());
	}
	if (done)
		return exit_done;
	say(stderr, "%s: %s\n", name, done.error().message.c_str());
	return exit_failed;
}

void print_verdict(const AgentState &state)
{
	const Said &said = state.journal.said;
	say(stdout, "%s: %s\n", words_of(said.verdict), said.reason.c_str());
}

int change_and_round(const char *name, const Places &places, const Round::Wish &wish,
		     const std::function<Checked<>(AgentState *)> &change)
{
	return with_state(name, places, [&](AgentState *state) -> Checked<> {
		if (!state->identity || !state->identity->attached)
			return tuf::refuse(FaultKind::local, "not attached: sudo klp attach TOKEN");
		TRY(change(state));
		TRY(state->save_journal());
		Round round = TRY(Round::begin(state, -1));
		TRY(round.run(wish));
		print_verdict(*state);
		if (!round.problem().empty())
			return tuf::refuse(FaultKind::unreachable, "%s", round.problem().c_str());
		return {};
	});
}

Checked<KernelRecord *> record_of_running_kernel(AgentState *state)
{
	Kernel kernel = TRY(Kernel::running());
	ThisMachine machine = TRY(ThisMachine::look(&kernel));
	if (!machine.kernel.build_id)
		return tuf::refuse(FaultKind::local,
				   "the build id of the running kernel cannot be seen");
	return state->journal.of_kernel({machine.kernel.release, *machine.kernel.build_id});
}

}
