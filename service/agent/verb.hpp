// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../../cli/command_line.hpp"
#include "round.hpp"

namespace klp::agent {

// The options that each verb has.
void add_places(CommandLine *app, Places *places);

// Opens the agent's files of a machine that is attached, runs change on them, and ends with a round
// whose verdict it prints. name is the verb's, for messages: "klp hold".
int change_and_round(const char *name, const Places &places, const Round::Wish &wish,
		     const std::function<Checked<>(AgentState *)> &change);

// The same without a change or a round, for verbs of their own.
int with_state(const char *name, const Places &places,
	       const std::function<Checked<>(AgentState *)> &body);

void print_verdict(const AgentState &state);

// The record of the kernel that runs. local where its build id cannot be seen.
Checked<KernelRecord *> record_of_running_kernel(AgentState *state);

}
