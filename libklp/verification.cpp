// SPDX-License-Identifier: LGPL-2.1-or-later
// Proves that a patch is active, from the kernel's own data: enabled and transition in sysfs; for
// each function its line of enabled_functions, which tells that somebody redirects the function;
// and livepatch's own stacks, which tell to whose code.
//
// Where the kernel's memory may not be read, enabled_functions is the only source. Its flag I
// (IPMODIFY) says that somebody redirects the function, and only livepatch's handler or a kprobe
// can. While livepatch is alone on the function, the line names livepatch's handler. With a second
// tracer the line names the list function instead, and the owner is not proved. A line has a name
// and no address. For a name of several functions, as many lines must show a redirect as functions
// of this name are patched.
//
// A BPF program can still suppress a redirect by answering in the function's place (tracers.hpp),
// and the handler of a kprobe or an ftrace_ops of some module can send the call elsewhere
// (ftrace_users.hpp). Also, a redirect is only right in the build of its object that the patch was
// made for, and the object may load after the patch.
#include <klp/verification.hpp>

#include "kernel_root.hpp"
#include "object_name.hpp"
#include "run_folder.hpp"
#include "tracers.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

namespace klp {

namespace {

constexpr int most_looks = 3;

using FunctionName = std::pair<std::string, std::string>; // object, function

// The facts about all patches and all traced functions, for the check of one patch.
struct Surroundings {
	std::vector<LoadedPatch> patches; // the oldest first
	std::map<FunctionName, std::vector<TracedFunction>> traced;
	std::map<FunctionName, std::set<unsigned long>> patched; // positions, by any patch
	std::optional<Error> unseen; // why traced is empty, or not trustworthy
	bool ftrace_off = false;
	Result<std::vector<Redirect>> redirects = fail(ENODATA, "not read");
	// Read when a function has another user.
	std::optional<Result<std::vector<FtraceUser>>> ftrace_users;
	// For the checked patch: why an object may not be the one that the patch was made for.
	std::map<std::string, std::string> foreign;
};

// The lines of enabled_functions that may be a function's: there is one line for each function of
// its name.
struct Site {
	size_t redirected = 0; // the number of redirected functions
	size_t named = 0; // the number of those that livepatch alone redirects
	size_t users = 0; // the largest number of users of any of them
	bool direct = false;
};

// The order in which patches were enabled. sysfs tells it since 6.14. Before, /proc/modules has
// the newest module first, and klp_enable_patch() runs in a module's init.
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
	Result<bool> on = kernel.ftrace_enabled();
	if (!on)
		around.unseen = on.error();
	else
		around.ftrace_off = !*on;
	around.redirects = kernel.redirects();
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

Site site_of(const Surroundings &around, const std::string &object,
	     const std::vector<std::string> &names)
{
	Site site;
	auto lines = around.traced.end();
	for (size_t i = 0; i < names.size() && lines == around.traced.end(); i++)
		lines = around.traced.find({object, names[i]});
	if (lines == around.traced.end())
		return site;
	for (const TracedFunction &line : lines->second) {
		site.redirected += line.ip_modify;
		site.named += line.ip_modify && line.livepatch_named;
		site.users = std::max<size_t>(site.users, line.users);
		site.direct |= line.direct;
	}
	return site;
}

bool is_of(const Redirect &redirect, const LoadedPatch &patch, const VerifiedFunction &function)
{
	return redirect.patch == patch.name && redirect.object == function.object &&
	       redirect.function == function.name && redirect.sympos == function.sympos;
}

void become(VerifiedFunction *function, VerifiedFunction::State state, std::string why)
{
	function->state = state;
	function->why = std::move(why);
}

// Checks livepatch's own stacks: the first on the stack of the old function decides.
void judge_stack(const std::vector<Redirect> &redirects, const LoadedPatch &patch,
		 VerifiedFunction *function)
{
	using State = VerifiedFunction::State;
	auto mine = std::ranges::find_if(redirects, [&](const Redirect &redirect) {
		return is_of(redirect, patch, *function);
	});
	if (mine == redirects.end())
		return become(function, State::unproved,
			      "livepatch's list of patches does not have it");
	if (!mine->position)
		return become(
			function, State::not_redirected,
			"livepatch's func_stack has no entry of the patch: calls reach the old code");
	if (!mine->is_registered)
		return become(function, State::not_redirected,
			      "ftrace does not call livepatch for it: calls reach the old code");
	auto first = std::ranges::find_if(redirects, [&](const Redirect &redirect) {
		return redirect.old_function == mine->old_function && redirect.position == 0;
	});
	if (first == mine && mine->in_transition && patch.phase() == LoadedPatch::Phase::enabled)
		return become(function, State::unproved, "it came into transition meanwhile");
	if (first == mine)
		return become(function, State::redirected, "");
	if (first->in_transition)
		return become(
			function, State::unproved,
			"'" + first->patch +
				"' is in transition over it: some tasks call that one's code");
	if (first->is_nop)
		return become(function, State::not_redirected,
			      "'" + first->patch + "' undoes it: calls reach the old code");
	become(function, State::superseded, first->patch);
}

// The handler that may send a call elsewhere after livepatch; "" where none can. users is the
// number of the function's users in enabled_functions.
std::string who_redirects(const std::vector<FtraceUser> &all, uint64_t old_function, size_t users,
			  bool direct)
{
	// ftrace's site is in a function's first bytes, at most behind an ENDBR.
	constexpr uint64_t entry_size = 16;
	size_t explained = 1u + direct; // livepatch
	bool probed = false;
	for (const FtraceUser &user : all) {
		bool here = user.kind == FtraceUser::Kind::kprobe && user.address >= old_function &&
			    user.address - old_function < entry_size;
		if (here && user.may_redirect)
			return "a kprobe with the handler '" + user.handler +
			       "' is on it and may send calls elsewhere";
		probed |= here;
	}
	if (users <= explained + probed)
		return "";
	for (const FtraceUser &user : all) {
		if (user.kind == FtraceUser::Kind::ftrace && user.may_redirect)
			return "an ftrace_ops with the handler '" + user.handler +
			       "' may be on it and send calls elsewhere";
	}
	return "";
}

// Checks that no other user of the function decides after livepatch.
void judge_order(Surroundings *around, Kernel &kernel, const LoadedPatch &patch, const Site &site,
		 VerifiedFunction *function)
{
	if (site.users <= 1 || function->state != VerifiedFunction::State::redirected)
		return;
	if (!around->ftrace_users)
		around->ftrace_users = kernel.ftrace_users();
	const Result<std::vector<FtraceUser>> &users = *around->ftrace_users;
	auto mine = std::ranges::find_if(*around->redirects, [&](const Redirect &redirect) {
		return is_of(redirect, patch, *function);
	});
	std::string who = users ? who_redirects(*users, mine->old_function, site.users, site.direct)
				: "whether others send calls elsewhere could not be read: " +
					  users.error().message;
	if (!who.empty())
		become(function, VerifiedFunction::State::unproved, who);
}

// Checks enabled_functions and the order of the patches, without better data.
void judge_lines(const Surroundings &around, const LoadedPatch &patch, const Site &site,
		 size_t expected, VerifiedFunction *function)
{
	using State = VerifiedFunction::State;
	if (site.named < expected)
		return become(function, State::unproved,
			      "redirected; another tracer hides whether livepatch does that");
	function->why = superseded_by(around, patch, *function);
	function->state = function->why.empty() ? State::redirected : State::superseded;
}

// Whether the data from the kernel's memory made no sense, or changed all the while.
bool is_untrustworthy(const Error &error)
{
	return error.code == EBADMSG || error.code == EBUSY;
}

// The builds that klp compared before it loaded the patch, with what is in memory now.
std::map<std::string, std::string> foreign_objects(Kernel &kernel, const LoadedPatch &patch)
{
	std::map<std::string, std::string> foreign;
	Result<std::vector<ForeignBuild>> builds = foreign_builds(kernel, patch.name);
	for (const ForeignBuild &build : builds.value_or(std::vector<ForeignBuild>()))
		foreign[build.object] = build.why;
	return foreign;
}

void judge(Surroundings &around, const LoadedPatch &patch, Kernel &kernel, Tracers *tracers,
	   VerifiedFunction *function)
{
	using State = VerifiedFunction::State;
	if (around.unseen)
		return become(function, State::unseen, around.unseen->message);
	if (around.ftrace_off)
		return become(function, State::not_redirected,
			      "ftrace is off (kernel.ftrace_enabled is 0): nothing says that "
			      "calls reach the new code");
	// The function's other names matter only where tracefs may use one of them.
	std::vector<std::string> names = {function->name};
	Site site = site_of(around, function->object, names);
	if (site.users == 0 || site.direct) {
		names = kernel.aliases(function->object, function->name, function->sympos);
		site = site_of(around, function->object, names);
	}
	auto positions = around.patched.find({function->object, function->name});
	size_t expected = positions == around.patched.end() ? 1 : positions->second.size();
	if (site.redirected < expected)
		return become(function, State::not_redirected,
			      "no tracer redirects it: calls reach the old code");
	if (around.redirects) {
		judge_stack(*around.redirects, patch, function);
		judge_order(&around, kernel, patch, site, function);
	} else if (is_untrustworthy(around.redirects.error())) {
		become(function, State::unproved, around.redirects.error().message);
	} else {
		judge_lines(around, patch, site, expected, function);
	}
	std::string suppressed = tracers->look(function->object, names, site.users, site.direct);
	bool redirected =
		function->state == State::redirected || function->state == State::unproved;
	if (redirected && !suppressed.empty())
		become(function, State::unproved, suppressed);
	auto foreign = around.foreign.find(function->object);
	if (function->state == State::redirected && foreign != around.foreign.end())
		become(function, State::unproved, foreign->second);
}

// Before 6.3 (klp_clear_object_relocs(), commit 0c05e7bd2d01) the patch's places stay filled in
// when a module that the patch patches leaves, or its init fails; the next attempt is ENOEXEC.
std::string waiting_for(Kernel &kernel, const std::string &patch, const std::string &object)
{
	std::string why = "its module is not loaded";
	Result<RememberedPatch> remembered = remembered_patch(root_of(kernel), patch);
	if (kernel.version() < 0x603 && remembered &&
	    std::ranges::find(remembered->relocated, object) != remembered->relocated.end())
		why += "; once its init has failed, or it was unloaded, it loads again only "
		       "without the patch (ENOEXEC before Linux 6.3)";
	return why;
}

Result<Verification> look(Kernel &kernel, const std::string &name)
{
	Verification verification;
	verification.patch = TRY(kernel.livepatch(name));
	Surroundings around = TRY(look_around(kernel));
	if (!around.redirects)
		verification.stacks_unread = around.redirects.error().message;
	around.foreign = foreign_objects(kernel, verification.patch);
	Tracers tracers(root_of(kernel));
	for (const LoadedPatch::Object &object : verification.patch.objects) {
		for (const LoadedPatch::Function &entry : object.functions) {
			VerifiedFunction function = {object.name, entry.name, entry.sympos,
						     VerifiedFunction::State::waiting,
						     waiting_for(kernel, name, object.name)};
			if (object.patched)
				judge(around, verification.patch, kernel, &tracers, &function);
			else if (object.name == "vmlinux" ||
				 kernel.place(object.name) == Kernel::Place::loaded) {
				function.state = VerifiedFunction::State::not_redirected;
				function.why = "the kernel has not patched its object";
			} else if (is_misspelt(kernel, object.name)) {
				function.state = VerifiedFunction::State::not_redirected;
				function.why = never_named(object.name);
			}
			verification.functions.push_back(std::move(function));
		}
	}
	verification.tracers = std::move(tracers).found();
	return verification;
}

}

// verify() reads sysfs, tracefs and the stacks one after the other, and a change between the
// readings would make them inconsistent. If the patch has changed its phase meanwhile, verify()
// reads again; after the last attempt it returns the result as it is.
Result<Verification> verify(Kernel &kernel, const std::string &name)
{
	for (int looks = 1;; looks++) {
		Verification verification = TRY(look(kernel, name));
		LoadedPatch now = TRY(kernel.livepatch(name));
		bool moved = now.phase() != verification.patch.phase();
		verification.patch = std::move(now);
		if (!moved || looks == most_looks)
			return verification;
	}
}

Verification::Verdict Verification::verdict() const
{
	if (patch.phase() != LoadedPatch::Phase::enabled)
		return Verdict::not_active;
	// The worst state of any function decides.
	Verdict verdict = Verdict::active;
	for (const VerifiedFunction &function : functions) {
		switch (function.state) {
		case VerifiedFunction::State::redirected:
		case VerifiedFunction::State::waiting:
			break;
		case VerifiedFunction::State::unseen:
			if (verdict == Verdict::active)
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
			return Verdict::not_active;
		}
	}
	return verdict;
}

Result<std::vector<ForeignBuild>> foreign_builds(Kernel &kernel, const std::string &name)
{
	LoadedPatch patch = TRY(kernel.livepatch(name));
	RememberedPatch remembered = TRY(remembered_patch(root_of(kernel), name));
	std::vector<ForeignBuild> foreign;
	for (const auto &[object, made_for] : remembered.target_build_ids) {
		auto mine = std::ranges::find(patch.objects, object, &LoadedPatch::Object::name);
		if (mine == patch.objects.end() || !mine->patched)
			continue;
		Result<std::string> id = kernel.build_id(object);
		if (!id)
			foreign.push_back({object, "the build id of " + object +
							   " in memory cannot be read: " +
							   id.error().message});
		else if (*id != made_for)
			foreign.push_back(
				{object, "the patch was made for the build " + made_for + " of " +
						 object + "; in memory is " +
						 (id->empty() ? "one without build id" : *id)});
	}
	return foreign;
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
		// The module is marked because of its relocations; it patches nothing.
		bool is_runtime = module.name == "klp_runtime";
		if (module.is_livepatch && module.live && !listed && !is_runtime)
			leftovers.push_back(
				{module.name, why_it_stays(root_of(kernel), module.name).empty()});
	}
	return leftovers;
}

}
