// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <klp/transition.hpp>

// Adds --no-assist, --no-bpf, --no-runtime and --urgency for load and unload.
void add_aids(CLI::App &app, klp::TransitionAids *aids);
