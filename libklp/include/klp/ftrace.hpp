// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// A function that some tracer holds: a line of tracefs' enabled_functions.
struct TracedFunction {
	std::string name;
	std::string module; // "" for the kernel itself
	unsigned long users; // the number of ftrace_ops on the function
	bool ip_modify; // an ftrace_ops redirects: livepatch, or a kprobe that does
	bool direct; // a BPF trampoline or another direct call is on it
	bool livepatch_named; // the kernel names livepatch's handler as its only user
};

// A handler that ftrace calls: a kprobe's, or a struct ftrace_ops'.
struct FtraceUser {
	enum class Kind { kprobe, ftrace };
	Kind kind;
	uint64_t address; // the place of the kprobe; 0 for an ftrace_ops, which has many
	std::string handler; // "pre_handler [module]", an address where it has no name; "": none
	bool may_redirect; // the handler is not one of the kernel's own, which only observe

	bool operator==(const FtraceUser &) const = default;
};

}
