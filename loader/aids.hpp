// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../cli/command_line.hpp"

#include <klp/transition.hpp>

struct AidWords {
	klp::TransitionAids aids;
	std::string urgency = "normal";
};

// Adds --no-assist, --no-bpf, --no-runtime and --urgency for load and unload.
void add_aids(CommandLine &app, AidWords *words);

klp::TransitionAids aids_of(const AidWords &words);
