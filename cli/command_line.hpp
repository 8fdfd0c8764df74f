// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>

// Handles --help, --version and usage errors, the same way for each program: true, with the exit
// status, when there is no more to do.
bool parse_failed(CLI::App &app, int argc, char **argv, int *status);

// "klp 0.1.0"
std::string version_of(const std::string &program);

// A check of a value. The error message has the check, the help text does not.
CLI::Validator one_of(std::vector<std::string> words);
CLI::Validator number_between(double least, double most, const std::string &unit);
