// SPDX-License-Identifier: LGPL-2.1-or-later
// Proof that a patch is in force, from what the kernel shows: enabled and
// transition in sysfs, and for each function the line of enabled_functions.
//
// The flag I (IPMODIFY) says that somebody redirects the function, and only
// livepatch's handler or a kprobe can. While livepatch is alone on the function its
// handler is named; with a second tracer the line names the list function instead,
// and the owner is not proved. A line has a name and no address: for a name that
// stands for several functions, as many lines must name livepatch as functions of
// this name are patched.
#include <klp/verification.hpp>

#include "run_folder.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

namespace klp {

namespace {

using FunctionName = std::pair<std::string, std::string>; // object, function

// What is known of all patches and all traced functions, to judge one patch by.
struct Surroundings {
	std::vector<LoadedPatch> patches; // the oldest first
	std::map<FunctionName, std::vector<TracedFunction>> traced;
	std::map<FunctionName, std::set<unsigned long>> patched; // positions, by any patch
	std::optional<Error> unseen; // why traced is empty
};

// The order in which patches were enabled: told since 6.14; before, modules stand in
// /proc/modules with the newest first, and klp_enable_patch() runs in their init.
std::vector<LoadedPatch> in_stack_order(std::vector<LoadedPatch> patches,
					const Result<std::vector<LoadedModule>> &modules)
{
	std::map<std::string, size_t> age;
	if (modules) {
		for (size_t i = 0; i < modules->size(); i++)
			age[(*modules)[i].name] = modules->size() - i;
	}
	std::ranges::stable_sort(patches, [&](const LoadedPatch &a, const LoadedPatch &b) {
		if (a.stack_order && b.stack_order)
			return *a.stack_order < *b.stack_order;
		return age[a.name] < age[b.name];
	});
	return patches;
}

Result<Surroundings> look_around(Kernel &kernel)
{
	Surroundings around;
	std::vector<LoadedPatch> patches = TRY(kernel.livepatches());
	around.patches = in_stack_order(std::move(patches), kernel.modules());
	for (const LoadedPatch &patch : around.patches)
		for (const LoadedPatch::Object &object : patch.objects)
			for (const LoadedPatch::Function &function : object.functions)
				if (object.patched)
					around.patched[{object.name, function.name}].insert(
						function.sympos);
	Result<std::vector<TracedFunction>> traced = kernel.traced_functions();
	if (!traced)
		around.unseen = traced.error();
	else
		for (TracedFunction &function : *traced)
			around.traced[{function.module.empty() ? "vmlinux" : function.module,
				       function.name}]
				.push_back(function);
	return around;
}

// The latest of the patches that stand above this one and have the same function.
std::string superseded_by(const Surroundings &around, const LoadedPatch &patch,
			  const VerifiedFunction &mine)
{
	std::string later;
	bool above = false;
	for (const LoadedPatch &other : around.patches) {
		if (other.name == patch.name) {
			above = true;
			continue;
		}
		if (!above || other.phase() != LoadedPatch::Phase::enabled)
			continue;
		for (const LoadedPatch::Object &object : other.objects)
			for (const LoadedPatch::Function &function : object.functions)
				if (object.name == mine.object && function.name == mine.name &&
				    function.sympos == mine.sympos)
					later = other.name;
	}
	return later;
}

// The lines of enabled_functions that may be this function's.
std::vector<TracedFunction> lines_of(const Surroundings &around, Kernel &kernel,
				     const VerifiedFunction &function)
{
	auto lines = around.traced.find({function.object, function.name});
	if (lines != around.traced.end())
		return lines->second;
	for (const std::string &alias :
	     kernel.aliases(function.object, function.name, function.sympos)) {
		lines = around.traced.find({function.object, alias});
		if (lines != around.traced.end())
			return lines->second;
	}
	return {};
}

void judge(const Surroundings &around, const LoadedPatch &patch, Kernel &kernel,
	   VerifiedFunction *function)
{
	using State = VerifiedFunction::State;
	if (around.unseen) {
		function->state = State::unseen;
		function->why = around.unseen->message;
		return;
	}
	auto positions = around.patched.find({function->object, function->name});
	size_t redirected = 0, named = 0;
	bool direct = false;
	for (const TracedFunction &line : lines_of(around, kernel, *function)) {
		redirected += line.ip_modify;
		named += line.ip_modify && line.livepatch_named;
		direct |= line.direct;
	}
	size_t expected = positions == around.patched.end() ? 1 : positions->second.size();
	if (redirected < expected) {
		function->state = State::not_redirected;
		function->why = "no tracer redirects it: calls reach the old code";
	} else if (direct) {
		function->state = State::unproved;
		function->why = "a BPF program is attached to it, which may suppress the new code";
	} else if (named < expected) {
		function->state = State::unproved;
		function->why = "redirected, owner not proved: another tracer is on it";
	} else {
		function->why = superseded_by(around, patch, *function);
		function->state = function->why.empty() ? State::redirected : State::superseded;
	}
}

}

Result<Verification> verify(Kernel &kernel, const std::string &name)
{
	Verification verification;
	verification.patch = TRY(kernel.livepatch(name));
	Surroundings around = TRY(look_around(kernel));
	for (const LoadedPatch::Object &object : verification.patch.objects) {
		for (const LoadedPatch::Function &entry : object.functions) {
			VerifiedFunction function = {object.name, entry.name, entry.sympos,
						     VerifiedFunction::State::waiting,
						     "its module is not loaded"};
			if (object.patched)
				judge(around, verification.patch, kernel, &function);
			else if (object.name == "vmlinux" ||
				 kernel.place(object.name) == Kernel::Place::loaded) {
				function.state = VerifiedFunction::State::not_redirected;
				function.why = "the kernel has not patched its object";
			}
			verification.functions.push_back(std::move(function));
		}
	}
	return verification;
}

Verification::Verdict Verification::verdict() const
{
	if (patch.phase() != LoadedPatch::Phase::enabled)
		return Verdict::not_in_force;
	// The worst of them, from the least to the greatest.
	Verdict verdict = Verdict::in_force;
	for (const VerifiedFunction &function : functions) {
		switch (function.state) {
		case VerifiedFunction::State::redirected:
		case VerifiedFunction::State::waiting:
			break;
		case VerifiedFunction::State::unseen:
			if (verdict == Verdict::in_force)
				verdict = Verdict::undecided;
			break;
		case VerifiedFunction::State::unproved:
			if (verdict != Verdict::superseded)
				verdict = Verdict::unverified;
			break;
		case VerifiedFunction::State::superseded:
			verdict = Verdict::superseded;
			break;
		case VerifiedFunction::State::not_redirected:
			return Verdict::not_in_force;
		}
	}
	return verdict;
}

Result<std::vector<LeftoverModule>> leftover_modules(Kernel &kernel)
{
	std::vector<LoadedPatch> patches = TRY(kernel.livepatches());
	std::vector<LoadedModule> modules = TRY(kernel.modules());
	std::vector<LeftoverModule> leftovers;
	for (const LoadedModule &module : modules) {
		bool listed = std::ranges::any_of(patches, [&](const LoadedPatch &patch) {
			return patch.name == module.name;
		});
		// Marked for the sake of its relocations alone; it patches nothing.
		bool is_runtime = module.name == "klp_runtime";
		if (module.is_livepatch && !listed && !is_runtime)
			leftovers.push_back(
				{module.name, !stays_in_memory(kernel.root(), module.name)});
	}
	return leftovers;
}

}
