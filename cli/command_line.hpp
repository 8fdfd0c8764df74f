// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>

// --help and usage errors, the same for each program: true when there is no more to do,
// with the exit status.
bool parse_failed(CLI::App &app, int argc, char **argv, int *status);
