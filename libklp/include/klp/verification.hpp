// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// The state of one function of a loaded patch, as far as verify() could see.
struct VerifiedFunction {
	enum class State {
		redirected, // calls reach the patch's code
		superseded, // calls reach a later livepatch with the same function
		waiting, // its module is not loaded
		unproved, // redirected, but perhaps not to the patch's code
		not_redirected, // calls reach the old code
		unseen, // could not be read
	};
	std::string object;
	std::string name;
	unsigned long sympos; // from 1
	State state;
	std::string why; // "" for redirected
};

// Another user of a function of a patch.
struct Tracer {
	enum class Kind {
		fentry, // BPF programs
		fexit,
		fmod_ret,
		lsm,
		kprobe,
		kretprobe,
		direct, // a direct call that belongs to no BPF program that libklp found
		ftrace, // the function tracer, an fprobe, or another ftrace_ops
	};
	std::string object;
	std::string function;
	Kind kind;
	// The BPF program's name; "+0x1c" for a kprobe inside the function's body, which a
	// redirect silences; else "".
	std::string name;
	uint32_t id; // the BPF program's id, else 0
	bool may_suppress; // the tracer can keep calls from the new code
};

// Whether a patch is active. Nothing counts as verified unless verify() saw it.
struct Verification {
	enum class Verdict {
		active, // enabled, no transition, each function redirected
		unverified, // enabled, but something could not be proved
		not_active, // disabled, in transition, or a function is not redirected
		undecided, // could not be seen
		superseded, // enabled, but calls to one of its functions reach a later livepatch
	};
	LoadedPatch patch;
	std::vector<VerifiedFunction> functions;
	std::vector<Tracer> tracers; // other users of these functions, as far as verify() could see
	// verify() reads from livepatch's own stacks (Kernel::redirects()) whose code calls reach.
	// Why it could not, and used tracefs alone; "" where it could.
	std::string stacks_unread;

	Verdict verdict() const;
};

// ENOENT when no patch of this name is loaded.
Result<Verification> verify(Kernel &kernel, const std::string &patch);

// An object in memory that is not the build that the patch was made for, or may not be.
struct ForeignBuild {
	std::string object; // "vmlinux" or a module's name
	std::string why; // a sentence for a person
};
// The foreign builds among the objects that this patch has patched. klp remembers the patch's
// builds when it loads the patch: ENOENT where klp did not load it.
Result<std::vector<ForeignBuild>> foreign_builds(Kernel &kernel, const std::string &patch);

// A disabled patch's module that is still in memory: another patch replaced the patch, or somebody
// disabled it.
struct LeftoverModule {
	std::string name;
	bool is_removable; // else the module must stay until the next boot
};
Result<std::vector<LeftoverModule>> leftover_modules(Kernel &kernel);

const char *name_of(VerifiedFunction::State state);
const char *name_of(Verification::Verdict verdict);
const char *name_of(Tracer::Kind kind);

}
