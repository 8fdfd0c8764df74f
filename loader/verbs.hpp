// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>

// One file a verb. Each takes its own part of the command line, and returns the
// exit status.
int run_load(int argc, char **argv);
int run_unload(int argc, char **argv);
int run_check(int argc, char **argv);
int run_status(int argc, char **argv);

// --help and usage errors, the same for each verb: true when there is no more to
// do, with the exit status.
bool parse_failed(CLI::App &app, int argc, char **argv, int *status);
