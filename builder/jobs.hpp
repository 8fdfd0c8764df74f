// SPDX-License-Identifier: LGPL-2.1-or-later
// Other programs, run: compilers, Kbuild.
//
// None of them gets the caller's environment, in which there may be a secret: only PATH, without
// what is no absolute folder (a program is not to be found where a fix puts files), HOME, TMPDIR,
// CCACHE_DIR, CCACHE_CONFIGPATH and CCACHE_DISABLE, LC_ALL=C, and what a Job asks for.
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
	bool talks = false; // its stderr is the user's: it shows progress, and says why it fails
	std::vector<std::string> environment = {}; // besides: "KBUILD_SIGN_PIN=1234"
	bool outside = false; // it handles nothing that comes from a fix: in no sandbox
};

// PATH as all of them have it.
std::string program_folders();

// From now on all but those that are to be outside run in this.
void confine_jobs(const std::optional<Sandbox> &sandbox);

// How many run at a time from now on; 0 for as many as there are CPUs, as at first.
void limit_jobs(size_t most);
size_t jobs_at_once();

// From now on each is shown before it begins: the folder that it runs in, "" for here, and the
// command.
void show_jobs(std::function<void(const std::string &folder, const std::string &command)> show);

// For a signal handler: the commands that run are ended, no other is begun, and the call
// that waits for them answers with ECANCELED.
void interrupt_jobs();

// What the command printed, without the last newline. EIO when it failed, with what it
// said on stderr.
Result<std::string> output_of(const Job &job);

// All of them, jobs_at_once() at a time: what each said on stderr. The first
// failure's Error, with what it said; the others are waited for.
Result<std::vector<std::string>> run_all(const std::vector<Job> &jobs);

}
