// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs other programs: compilers, Kbuild.
//
// No program gets the caller's environment, which may hold a secret. A program gets only PATH
// without folders that are not absolute (a program must not be found among the files of a fix),
// HOME, TMPDIR, CCACHE_DIR, CCACHE_CONFIGPATH and CCACHE_DISABLE, LC_ALL=C, and the variables of
// its Job.
#pragma once

#include "sandbox.hpp"

#include <functional>
#include <optional>

namespace klp {

// One argument for a shell.
std::string shell_word(const std::string &argument);

struct Job {
	std::string command; // for sh -c
	std::string folder; // where it runs; "" for here
	std::string what; // for messages: "compile 'fs/ext4/mballoc.o'"
	bool talks = false; // its stderr goes to the user: progress, and why it fails
	std::vector<std::string> environment = {}; // besides: "KBUILD_SIGN_PIN=1234"
	bool outside = false; // runs outside the sandbox: handles no text of a fix
};

// PATH as all programs have it.
std::string program_folders();

// Runs all later jobs in this sandbox, except those with outside set.
void confine_jobs(const std::optional<Sandbox> &sandbox);

// Sets how many jobs run at a time; 0 for as many as there are CPUs, which is the default.
void limit_jobs(size_t most);
size_t jobs_at_once();

// Calls show before each later job begins, with the folder that the job runs in, "" for the current
// one, and the command.
void show_jobs(std::function<void(const std::string &folder, const std::string &command)> show);

// For a signal handler: ends the running commands, and begins no other. The call that waits for the
// commands returns ECANCELED.
void interrupt_jobs();

// Returns the output of the command without the last newline. Returns EIO with the stderr of the
// command when the command fails.
Result<std::string> output_of(const Job &job);

// Runs all jobs, jobs_at_once() at a time, and returns the stderr of each. On a failure, waits for
// the other jobs, and returns the first failure's Error with its stderr.
Result<std::vector<std::string>> run_all(const std::vector<Job> &jobs);

}
