// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>

// --help, --version and usage errors, the same for each program: true when there is no more
// to do, with the exit status.
bool parse_failed(CLI::App &app, int argc, char **argv, int *status);

// "klp 0.1.0"
std::string version_of(const std::string &program);

// Checks of a value: said to whoever gave another one, and not in the help text.
CLI::Validator one_of(std::vector<std::string> words);
CLI::Validator number_between(double least, double most, const std::string &unit);
