// SPDX-License-Identifier: LGPL-2.1-or-later
// What people are told, in the same words by every verb.
#pragma once

#include "../cli/say.hpp"

#include <klp/load.hpp>

// Each finding with its cure; notes only where asked for.
void print_findings(FILE *stream, const klp::Report &report, bool notes);
void print_blockers(FILE *stream, const std::vector<klp::Task> &blockers);
// What a transition was watched through.
const char *mode_in_words(const std::string &mode);
// And who else is on them.
void print_functions(FILE *stream, const klp::Verification &verification);
