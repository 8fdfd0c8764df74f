// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// What could be seen of one function of a loaded patch.
struct VerifiedFunction {
	enum class State {
		redirected, // livepatch, and it alone, sends calls elsewhere
		superseded, // so, and a later livepatch has the same function
		waiting, // its module is not loaded
		unproved, // redirected, but another tracer hides by whom
		not_redirected, // calls reach the old code
		unseen, // could not be looked at
	};
	std::string object;
	std::string name;
	unsigned long sympos; // from 1
	State state;
	std::string why; // "" for redirected
};

// Whether a patch is in force. Nothing is taken for verified that was not seen.
struct Verification {
	enum class Verdict {
		in_force, // enabled, no transition, each function redirected
		unverified, // enabled, and something could not be proved
		not_in_force, // disabled, in transition, or a function is not redirected
		undecided, // could not be seen
		superseded, // enabled, and calls to a function of it reach a later livepatch
	};
	LoadedPatch patch;
	std::vector<VerifiedFunction> functions;

	Verdict verdict() const;
};

// ENOENT when no patch of this name is loaded.
Result<Verification> verify(Kernel &kernel, const std::string &patch);

// A module of a patch that is out of force, still in memory: of a patch that another
// replaced, or that somebody disabled.
struct LeftoverModule {
	std::string name;
	bool is_removable; // else it has to stay there until the next boot
};
Result<std::vector<LeftoverModule>> leftover_modules(Kernel &kernel);

const char *name_of(VerifiedFunction::State state);
const char *name_of(Verification::Verdict verdict);

}
