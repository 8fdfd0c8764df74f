// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../cli/command_line.hpp"

// One function and one file for each verb. Each function parses its own part of the command line,
// and returns the exit status.
int run_load(int argc, char **argv);
int run_unload(int argc, char **argv);
int run_check(int argc, char **argv);
int run_profile(int argc, char **argv);
int run_status(int argc, char **argv);
int run_inspect(int argc, char **argv);
int run_watch(int argc, char **argv);
