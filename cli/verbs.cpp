// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verbs.hpp"
#include "command_line.hpp"
#include "exit_status.hpp"
#include "say.hpp"

static void usage(FILE *stream, const char *program, std::span<const Verb> verbs)
{
	say(stream, "usage: %s VERB [OPTION]... [ARGUMENT]...\n", program);
	for (const Verb &verb : verbs)
		say(stream, "  %-8s %s\n", verb.name, verb.help);
	say(stream, "%s help VERB says more; %s --version prints the version\n", program, program);
}

static int unknown(const char *program, std::span<const Verb> verbs, const char *name)
{
	say(stderr, "%s: unknown command '%s'; see '%s --help'\n", program, name, program);
	usage(stderr, program, verbs);
	return exit_usage;
}

static const Verb *verb_of(std::span<const Verb> verbs, std::string_view name)
{
	for (const Verb &verb : verbs)
		if (name == verb.name)
			return &verb;
	return nullptr;
}

int run_verb(const char *program, std::span<const Verb> verbs, int argc, char **argv)
{
	std::string name = argc > 1 ? argv[1] : "";
	bool asks_for_help = name == "help" || name == "--help" || name == "-h";
	if (name == "--version") {
		say(stdout, "%s\n", version_of(program).c_str());
		return exit_done;
	}
	if (argc < 2 || (asks_for_help && argc == 2)) {
		usage(asks_for_help ? stdout : stderr, program, verbs);
		return asks_for_help ? exit_done : exit_usage;
	}
	char *wanted = asks_for_help ? argv[2] : argv[1];
	const Verb *verb = verb_of(verbs, wanted);
	if (!verb)
		return unknown(program, verbs, wanted);
	if (!asks_for_help)
		return verb->run(argc - 1, argv + 1);
	char option[] = "--help";
	char *arguments[] = {wanted, option, nullptr};
	return verb->run(2, arguments);
}
