// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds a livepatch module from patches, and reports the result of every step.
#pragma once

#include "kernel_tree.hpp"
#include "proof.hpp"
#include "refusal.hpp"
#include "signing.hpp"

#include <functional>
#include <klp/patch_label.hpp>
#include <optional>

namespace klp {

struct BuildOptions {
	std::string release; // one of Debian's kernels, or:
	std::optional<KernelTree::Own> own;
	std::vector<std::string> patches;
	bool sample = false; // sample_fix() instead of patches
	std::string output; // "" for a name made of the first patch's, in the current folder
	PatchLabel label; // valid (check_label())
	bool replace = true;
	bool sandbox = false; // around the programs that handle the patches' text
	bool keep = false; // the folder with intermediate files
	SigningFiles sign;
	// Says which step begins: "compiling 2 units".
	std::function<void(const std::string &)> progress;
};

enum class BuildResult {
	built,
	nothing_to_patch, // the fix changes no code of this kernel
	refused, // it makes a change that a livepatch cannot contain
	unproved, // the compiled code is not the code that runs
	failed, // an error ended the build
};

const char *name_of(BuildResult result);

struct BuiltUnit {
	std::string name; // "fs/ext4/mballoc.o"
	std::string object; // "ext4"
	size_t functions = 0, references = 0, constants = 0; // proved
	std::vector<Mismatch> mismatches;
	std::string likely_reason;
};

struct BuiltFunction {
	std::string object, name;
	unsigned long sympos;
	std::string unit;
	std::string why;
};

struct BuiltCallback {
	std::string object;
	const char *kind; // "pre_patch"
	std::string function;
};

struct BuiltState {
	uint64_t id;
	uint32_t version;
};

struct BuildOutcome {
	BuildResult result = BuildResult::failed;
	std::string message; // one sentence
	int code = 0; // an errno for failed
	std::string kernel; // the release
	std::string compiler;
	std::string file, sha256; // of the module
	std::string work_folder; // if it was kept, else ""
	std::string signed_by; // "the key 8963f707…", "" for nobody
	bool removable = true;
	std::vector<BuiltUnit> units;
	std::vector<BuiltFunction> functions;
	std::vector<BuiltCallback> callbacks;
	std::vector<BuiltState> states;
	size_t included = 0; // functions and variables that are new in the patch
	size_t livepatch_symbols = 0, livepatch_relocations = 0;
	std::vector<Refusal> refusals; // and warnings
	std::vector<std::pair<std::string, double>> times_ms; // step by step
};

BuildOutcome build(const BuildOptions &options);

}
