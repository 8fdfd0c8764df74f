// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tracers.hpp"
#include "bpf_tracers.hpp"
#include "kprobes.hpp"

#include <algorithm>

namespace klp {

const Result<std::vector<Tracer>> &Tracers::programs()
{
	if (!programs_)
		programs_ = read_bpf_tracers(root_);
	return *programs_;
}

const Result<std::vector<Tracer>> &Tracers::kprobes()
{
	if (!kprobes_)
		kprobes_ = read_kprobes(root_);
	return *kprobes_;
}

static std::vector<Tracer> those_on(const std::vector<Tracer> &all, const std::string &object,
				    const std::vector<std::string> &names)
{
	std::vector<Tracer> those;
	for (const Tracer &tracer : all) {
		if (tracer.object == object &&
		    std::ranges::find(names, tracer.function) != names.end())
			those.push_back(tracer);
	}
	return those;
}

static std::string suppresses(const Tracer &tracer)
{
	std::string who = std::string("a ") + name_of(tracer.kind);
	if (tracer.id)
		who += " program, '" + tracer.name + "' (id " + std::to_string(tracer.id) + "),";
	return who + " is on it and may keep calls from the new code";
}

std::string Tracers::look(const std::string &object, const std::vector<std::string> &names,
			  size_t users, bool direct)
{
	std::vector<Tracer> here;
	std::string unknown;
	// A list of all BPF links is expensive, and only a direct call can be a BPF program.
	if (direct) {
		if (programs())
			here = those_on(*programs(), object, names);
		if (!programs())
			unknown = "a BPF program may be on it and keep calls from the new code: " +
				  programs().error().message;
		else if (here.empty())
			unknown = "a direct call that is no BPF program's is on it and may keep "
				  "calls from the new code";
		if (here.empty())
			here.push_back({object, names[0], Tracer::Kind::direct, "", 0, true});
	}
	// All kprobes at a function's entry are one user, all direct calls another. Without
	// debugfs, kprobes count as users of ftrace.
	if (kprobes())
		std::ranges::copy(those_on(*kprobes(), object, names), std::back_inserter(here));
	bool probed = std::ranges::any_of(here, [](const Tracer &tracer) {
		return tracer.kind == Tracer::Kind::kprobe ||
		       tracer.kind == Tracer::Kind::kretprobe;
	});
	if (users > 1u + direct + probed)
		here.push_back({object, names[0], Tracer::Kind::ftrace, "", 0, false});
	std::string why = unknown;
	for (const Tracer &tracer : here) {
		if (tracer.may_suppress && why.empty())
			why = suppresses(tracer);
	}
	std::ranges::move(here, std::back_inserter(found_));
	return why;
}

}
