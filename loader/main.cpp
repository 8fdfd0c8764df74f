// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "verbs.hpp"

#include <cstdio>
#include <cstring>

static constexpr struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{"load", run_load, "check a livepatch, load it, watch it in, verify it"},
	{"unload", run_unload, "take a livepatch out of force and out of memory"},
	{"check", run_check, "say what would stand against loading it"},
	{"status", run_status, "what is loaded, and whether it is in force (the default)"},
	{"inspect", run_inspect, "who is inside the functions that a livepatch replaces"},
	{"watch", run_watch, "show each transition as it goes, whoever began it"},
};

static void usage(FILE *stream)
{
	fprintf(stream, "usage: klp VERB [OPTION]... [ARGUMENT]...\n");
	for (const auto &verb : verbs)
		fprintf(stream, "  %-8s %s\n", verb.name, verb.help);
	fprintf(stream, "klp VERB --help says more; klp-load is klp load\n");
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	if (strcmp(slash ? slash + 1 : argv[0], "klp-load") == 0)
		return run_load(argc, argv);
	if (argc < 2)
		return run_status(argc, argv);
	for (const auto &verb : verbs) {
		if (strcmp(argv[1], verb.name) == 0)
			return verb.run(argc - 1, argv + 1);
	}
	bool help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
	if (!help)
		fprintf(stderr, "klp: '%s' is no verb\n", argv[1]);
	usage(help ? stdout : stderr);
	return help ? exit_done : exit_usage;
}
