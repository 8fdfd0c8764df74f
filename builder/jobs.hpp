// SPDX-License-Identifier: LGPL-2.1-or-later
// Other programs, run: compilers, Kbuild, patch(1).
#pragma once

#include <klp/error.hpp>
#include <string>
#include <vector>

namespace klp {

// One argument for a shell.
std::string shell_word(const std::string &argument);

struct Job {
	std::string command; // for sh -c
	std::string folder; // where it runs; "" for here
	std::string what; // for messages: "compile 'fs/ext4/mballoc.o'"
	bool talks = false; // its stderr is the user's: it shows progress, and says why it fails
};

// For a signal handler: the commands that run are ended, no other is begun, and the call
// that waits for them answers with ECANCELED.
void interrupt_jobs();

// What the command printed, without the last newline. EIO when it failed, with what it
// said on stderr.
Result<std::string> output_of(const Job &job);

// All of them, as many at a time as there are CPUs: what each said on stderr. The first
// failure's Error, with what it said; the others are waited for.
Result<std::vector<std::string>> run_all(const std::vector<Job> &jobs);

}
