// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <klp/transition.hpp>

// --no-assist, --no-bpf, --no-runtime and --urgency, as load and unload have them.
void add_aids(CLI::App &app, klp::TransitionAids *aids);
