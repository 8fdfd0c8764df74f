// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/verification.hpp>
#include <optional>

namespace klp {

// Who else is on the functions of a patch. A function with a direct call has BPF programs
// on it by way of a trampoline, which runs before the redirect: fentry and fexit programs
// then let the new code run; an fmod_ret or an LSM program may answer in its place, so that
// neither the new code nor the old runs. kprobes, the function tracer and the like only
// look on.
class Tracers {
public:
	explicit Tracers(std::string root) : root_(std::move(root)) {}
	// With what BPF and debugfs said already.
	Tracers(Result<std::vector<Tracer>> programs, Result<std::vector<Tracer>> kprobes)
	    : programs_(std::move(programs)), kprobes_(std::move(kprobes))
	{
	}

	// One function, by all its names, with what enabled_functions says of it: how many
	// are on it, livepatch among them, and whether by a direct call. Why the redirect may
	// be suppressed; "" where nobody can.
	std::string look(const std::string &object, const std::vector<std::string> &names,
			 size_t users, bool direct);
	// Those on the functions that were looked at.
	std::vector<Tracer> found() && { return std::move(found_); }

private:
	const Result<std::vector<Tracer>> &programs();
	const Result<std::vector<Tracer>> &kprobes();

	std::string root_;
	// Asked when a function first needs it.
	std::optional<Result<std::vector<Tracer>>> programs_, kprobes_;
	std::vector<Tracer> found_;
};

}
