// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../../cli/command_line.hpp"
#include "../tuf/fault.hpp"
#include "https.hpp"

#include <functional>

namespace klp::hub {

struct Serving {
	std::string folder, listen = "0.0.0.0:8443";
	unsigned threads = 2;
	HttpsLimits limits = {};
};

// The options of a hub that serves, but for its folder.
void add_options(CommandLine *app, Serving *words);

// Serves until SIGTERM or SIGINT. told hears the port once clients can ask.
tuf::Checked<> serve(const Serving &words, const std::function<void(uint16_t)> &told);

}
