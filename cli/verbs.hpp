// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

// A verb of a program, "klp-hub serve". run() gets the verb as argv[0].
struct Verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

// Runs the verb that argv[1] names, and returns its exit status. Answers help, help VERB, --help,
// -h and --version; without a verb, and for an unknown one, it says which there are: exit_usage.
int run_verb(const char *program, std::span<const Verb> verbs, int argc, char **argv);
