// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "../cli/guarded.hpp"
#include "../cli/say.hpp"
#include "external_verb.hpp"
#include "verbs.hpp"

#include <cstdio>
#include <cstring>

static constexpr struct Verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{"load", run_load, "needs root: check, load and verify a livepatch"},
	{"unload", run_unload, "needs root: disable a livepatch and delete its module"},
	{"check", run_check, "say everything that would prevent loading a livepatch"},
	{"profile", run_profile,
	 "write the facts of a kernel on disk into one file, for klp check"},
	{"status", run_status,
	 "say which livepatches are loaded, and whether each is active (the default)"},
	{"inspect", run_inspect,
	 "needs root: say which tasks are inside the functions that a livepatch replaces"},
	{"watch", run_watch, "show each transition as it goes, whoever began it"},
};

static void usage(FILE *stream)
{
	say(stream, "usage: klp VERB [OPTION]... [ARGUMENT]...\n");
	for (const auto &verb : verbs)
		say(stream, "  %-8s %s\n", verb.name, verb.help);
	say(stream, "klp help VERB says more; klp --version prints the version; klp-load is "
		    "klp load\n");
	say(stream, "other verbs are programs klp-VERB, klpd(8)\n");
}

// The verb that argv[0] names. Does not return where another program has the verb.
static const Verb *verb_of(int argc, char **argv)
{
	const char *name = argv[0];
	for (const Verb &verb : verbs) {
		if (strcmp(name, verb.name) == 0)
			return &verb;
	}
	become_external_verb(argc, argv);
	say(stderr, "klp: unknown command '%s'; see 'klp --help'\n", name);
	usage(stderr);
	return nullptr;
}

// "klp help" and "klp help VERB"
static int help(int argc, char **argv)
{
	if (argc < 2) {
		usage(stdout);
		return exit_done;
	}
	char option[] = "--help";
	char *arguments[] = {argv[1], option, nullptr};
	const Verb *verb = verb_of(2, arguments);
	return verb ? verb->run(2, arguments) : exit_usage;
}

static bool is_klp_load(const char *program)
{
	const char *slash = strrchr(program, '/');
	return strcmp(slash ? slash + 1 : program, "klp-load") == 0;
}

static int run(int argc, char **argv)
{
	if (is_klp_load(argv[0]))
		return run_load(argc, argv);
	if (argc < 2)
		return run_status(argc, argv);
	if (strcmp(argv[1], "help") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(1, argv);
	if (strcmp(argv[1], "--version") == 0) {
		say(stdout, "%s\n", version_of("klp").c_str());
		return exit_done;
	}
	const Verb *verb = verb_of(argc - 1, argv + 1);
	return verb ? verb->run(argc - 1, argv + 1) : exit_usage;
}

int main(int argc, char **argv)
{
	if (argc == 0)
		return exit_usage;
	// A verb that acts may have acted already.
	const char *verb = is_klp_load(argv[0]) ? "load" : argc > 1 ? argv[1] : "status";
	bool acts = strcmp(verb, "load") == 0 || strcmp(verb, "unload") == 0;
	return guarded("klp", acts ? exit_changed : exit_undecided,
		       acts ? "; what was done is not known, see 'klp status'" : "",
		       [&] { return run(argc, argv); });
}
