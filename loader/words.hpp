// SPDX-License-Identifier: LGPL-2.1-or-later
// The words for people, the same for every verb.
#pragma once

#include "../cli/say.hpp"

#include <klp/load.hpp>

// Prints each finding with its remedy; notes only if requested.
void print_findings(FILE *stream, const klp::Report &report, bool notes);
void print_blockers(FILE *stream, const std::vector<klp::Task> &blockers);
// The source of a transition's events, in words.
const char *mode_in_words(const std::string &mode);
// Prints the functions, and their other users.
void print_functions(FILE *stream, const klp::Verification &verification);
