// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/verification.hpp>
#include <optional>

namespace klp {

// The other users of a patch's functions. A function with a direct call has BPF programs on it by
// a trampoline, which runs before the redirect. fentry and fexit programs then let the new code
// run. An fmod_ret or an LSM program may answer in the function's place, so that neither the new
// code nor the old runs. kprobes, the function tracer and the like only observe.
class Tracers {
public:
	explicit Tracers(std::string root) : root_(std::move(root)) {}
	// Takes the tracers that were read from BPF and debugfs already.
	Tracers(Result<std::vector<Tracer>> programs, Result<std::vector<Tracer>> kprobes)
	    : programs_(std::move(programs)), kprobes_(std::move(kprobes))
	{
	}

	// Checks one function, by all its names. enabled_functions gives the number of the
	// function's users, livepatch among them, and whether one is a direct call. Returns why
	// the redirect may be suppressed; "" where nobody can suppress it.
	std::string look(const std::string &object, const std::vector<std::string> &names,
			 size_t users, bool direct);
	// The tracers on the functions that look() checked.
	std::vector<Tracer> found() && { return std::move(found_); }

private:
	const Result<std::vector<Tracer>> &programs();
	const Result<std::vector<Tracer>> &kprobes();

	std::string root_;
	// Read when a function first needs it.
	std::optional<Result<std::vector<Tracer>>> programs_, kprobes_;
	std::vector<Tracer> found_;
};

}
