// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// What could be seen of one function of a loaded patch.
struct VerifiedFunction {
	enum class State {
		redirected, // calls reach the patch's code
		superseded, // calls reach a later livepatch with the same function
		waiting, // its module is not loaded
		unproved, // redirected, and whether to the patch's code could not be told
		not_redirected, // calls reach the old code
		unseen, // could not be looked at
	};
	std::string object;
	std::string name;
	unsigned long sympos; // from 1
	State state;
	std::string why; // "" for redirected
};

// Somebody else on a function of a patch.
struct Tracer {
	enum class Kind {
		fentry, // BPF programs
		fexit,
		fmod_ret,
		lsm,
		kprobe,
		kretprobe,
		direct, // a direct call that no BPF program known to us explains
		ftrace, // the function tracer, an fprobe, or another ftrace_ops
	};
	std::string object;
	std::string function;
	Kind kind;
	// Of the BPF program; "+0x1c" for a kprobe inside the function's body, which a
	// redirect silences; else "".
	std::string name;
	uint32_t id; // of the BPF program, else 0
	bool may_suppress; // it can keep calls from the new code
};

// Whether a patch is active. Nothing counts as verified that was not seen.
struct Verification {
	enum class Verdict {
		active, // enabled, no transition, each function redirected
		unverified, // enabled, and something could not be proved
		not_active, // disabled, in transition, or a function is not redirected
		undecided, // could not be seen
		superseded, // enabled, and calls to a function of it reach a later livepatch
	};
	LoadedPatch patch;
	std::vector<VerifiedFunction> functions;
	std::vector<Tracer> tracers; // others on these functions, as far as they could be seen
	// Whose code calls reach is read from livepatch's own stacks (Kernel::redirects()).
	// Why they were not, and tracefs alone told; "" where they were.
	std::string stacks_unread;

	Verdict verdict() const;
};

// ENOENT when no patch of this name is loaded.
Result<Verification> verify(Kernel &kernel, const std::string &patch);

// An object in memory that is not the build that a patch was made for, or of which that
// cannot be told.
struct ForeignBuild {
	std::string object; // "vmlinux" or a module's name
	std::string why; // a sentence for a person
};
// Those that the kernel has patched by this patch. The builds that it was made for are
// remembered by the klp that loaded it: ENOENT where no klp did.
Result<std::vector<ForeignBuild>> foreign_builds(Kernel &kernel, const std::string &patch);

// The module of a disabled patch, still in memory: of a patch that another
// replaced, or that somebody disabled.
struct LeftoverModule {
	std::string name;
	bool is_removable; // else it has to stay there until the next boot
};
Result<std::vector<LeftoverModule>> leftover_modules(Kernel &kernel);

const char *name_of(VerifiedFunction::State state);
const char *name_of(Verification::Verdict verdict);
const char *name_of(Tracer::Kind kind);

}
