// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command_line.hpp"
#include "exit_status.hpp"

#include <cstdio>

bool parse_failed(CLI::App &app, int argc, char **argv, int *status)
{
	try {
		app.parse(argc, argv);
		return false;
	} catch (const CLI::CallForHelp &) {
		printf("%s", app.help().c_str());
		*status = exit_done;
	} catch (const CLI::ParseError &error) {
		fprintf(stderr, "%s: %s; see '%s --help'\n", app.get_name().c_str(), error.what(),
			app.get_name().c_str());
		*status = exit_usage;
	}
	return true;
}
