// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.hpp"
#include "kernel_root.hpp"
#include "module/module_file.hpp"
#include "object_name.hpp"
#include "run_folder.hpp"

#include <algorithm>
#include <klp/module_name.hpp>
#include <map>
#include <set>
#include <tuple>

namespace klp {

// MODULE_NAME_LEN and KSYM_NAME_LEN, with the NUL (6.1 to 7.3, 64-bit).
static constexpr size_t object_name_limit = 56;
static constexpr size_t function_name_limit = 512;

void Check::encoding()
{
	if (patch_.is_livepatch() && patch_.encoding() == PatchFile::Encoding::none)
		add(FindingId::encoding_unknown, {}, "%s", patch_.unknowns()[0].c_str());
	if (!patch_.unfinished().empty())
		add(FindingId::unfinished, {}, "%s", patch_.unfinished().c_str());
}

// The addition to a finding about a module that is not in memory: the kernel checks the module's
// symbols only when the module loads, and then refuses the module.
std::string Check::later(const Subject &subject) const
{
	if (subject.in_memory)
		return "";
	const std::string &awaited = subject.awaited.empty() ? subject.object : subject.awaited;
	if (!kernel_.is_running())
		return "; the kernel would refuse the patch, or '" + awaited +
		       "' where it loads after the patch";
	return "; the kernel would load the patch now, and later refuse to load '" + awaited + "'";
}

void Check::names(const PatchedObject &object)
{
	if (!object.has_functions)
		add(FindingId::functions_missing, {object.name, ""},
		    "'%s' has no array of functions", object.name.c_str());
	if (object.is_module && object.name == "vmlinux")
		add(FindingId::vmlinux_by_name, {object.name, ""},
		    "an object is named 'vmlinux', which to the kernel is a module that never comes");
	if (object.is_module && is_misspelt(kernel_, object.name))
		misspelt(object.name);
	if (object.name.size() >= object_name_limit)
		add(FindingId::name_too_long, {object.name, ""},
		    "the object's name has %zu letters, %zu are allowed", object.name.size(),
		    object_name_limit - 1);
	std::set<std::pair<std::string, unsigned long>> seen;
	for (const PatchedFunction &function : object.functions) {
		if (stopped())
			return;
		Subject subject = {object.name, function.name};
		if (function.name.empty()) {
			add(FindingId::function_unnamed, subject,
			    "a function of '%s' has no name: old_name is NULL",
			    object.name.c_str());
			continue;
		}
		if (function.name.size() >= function_name_limit)
			add(FindingId::name_too_long, subject,
			    "the function's name has %zu letters, %zu are allowed",
			    function.name.size(), function_name_limit - 1);
		if (function.replacement.empty())
			add(FindingId::replacement_missing, subject,
			    "'%s' has no replacement in the patch", function.name.c_str());
		unsigned long sympos = std::max(function.sympos, 1ul);
		if (!seen.emplace(function.name, sympos).second)
			add(FindingId::duplicate_function, subject, "'%s,%lu' is replaced twice",
			    function.name.c_str(), sympos);
	}
}

// Adds the name that was meant, if there is a module of that name.
void Check::misspelt(const std::string &name)
{
	std::string file = name.substr(name.rfind('/') + 1);
	std::string meant = module_name(file.substr(0, file.find('.')));
	std::string hint;
	if (is_module_name(meant) && place(meant) != Kernel::Place::absent)
		hint = "; the kernel has '" + meant + "'";
	add(FindingId::object_misspelt, {name, ""}, "%s%s", never_named(name).c_str(),
	    hint.c_str());
}

bool Check::target_in_memory(const PatchedObject &object)
{
	switch (place(object.name)) {
	case Kernel::Place::kernel:
	case Kernel::Place::loaded:
		return true;
	case Kernel::Place::on_disk:
		if (!kernel_.is_running())
			return false;
		add(FindingId::target_not_loaded, {object.name, ""},
		    "the module '%s' is not loaded; checked against its file", object.name.c_str());
		return false;
	case Kernel::Place::absent:
		if (is_misspelt(kernel_, object.name))
			return false;
		if (kernel_.is_running())
			add(FindingId::target_unknown, {object.name, ""},
			    "there is no module '%s', loaded or under /lib/modules/%s",
			    object.name.c_str(), kernel_.release().c_str());
		else
			add(FindingId::target_unknown, {object.name, ""},
			    "the kernel %s has no module '%s'", kernel_.release().c_str(),
			    object.name.c_str());
		return false;
	}
	__builtin_unreachable();
}

bool Check::occurrences(FindingId missing, FindingId ambiguous, const Subject &subject,
			unsigned long sympos, size_t count)
{
	const char *name = subject.function.c_str();
	const char *object = subject.object.c_str();
	std::string consequence = later(subject);
	if (count == 0)
		add(missing, subject, "'%s' is not in %s%s", name, object, consequence.c_str());
	else if (sympos == 0 && count > 1)
		add(ambiguous, subject, "%zu symbols of %s are named '%s'%s", count, object, name,
		    consequence.c_str());
	else if (sympos > count)
		add(FindingId::sympos_out_of_range, subject,
		    "the patch has the sympos %lu for '%s', and %s has %zu symbols of this name%s",
		    sympos, name, object, count, consequence.c_str());
	else
		return true;
	return false;
}

void Check::traceable(const Subject &subject, unsigned long sympos)
{
	Result<Kernel::Traceable> traceable =
		kernel_.traceable(place(subject.object), subject.object, subject.function, sympos);
	const char *name = subject.function.c_str();
	if (!traceable) {
		add(FindingId::traceable_unseen, subject, "'%s': %s", name,
		    traceable.error().message.c_str());
	} else if (*traceable == Kernel::Traceable::unclear) {
		add(FindingId::traceable_unseen, subject,
		    "not every function named '%s' is traceable, and this kernel does not say which",
		    name);
	} else if (*traceable == Kernel::Traceable::no) {
		add(FindingId::not_traceable, subject, "ftrace has no site at '%s'%s", name,
		    later(subject).c_str());
	}
}

void Check::function(const PatchedObject &object, const PatchedFunction &function, bool in_memory)
{
	Subject subject = {object.name, function.name, in_memory};
	Result<size_t> count =
		kernel_.count_symbols(place(object.name), object.name, function.name);
	if (!count) {
		add(FindingId::symbols_unseen, subject, "'%s': %s", function.name.c_str(),
		    count.error().message.c_str());
		return;
	}
	if (occurrences(FindingId::function_missing, FindingId::function_ambiguous, subject,
			function.sympos, *count))
		traceable(subject, function.sympos);
}

void Check::objects()
{
	std::set<std::string> seen;
	for (const PatchedObject &object : patch_.objects()) {
		if (stopped())
			return;
		if (!seen.insert(object.name).second)
			add(FindingId::duplicate_object, {object.name, ""}, "'%s' is named twice",
			    object.name.c_str());
		names(object);
		bool in_memory = target_in_memory(object);
		if (place(object.name) == Kernel::Place::absent)
			continue;
		for (const PatchedFunction &entry : object.functions) {
			if (stopped())
				return;
			if (!entry.name.empty())
				function(object, entry, in_memory);
		}
	}
}

void Check::self_calls()
{
	for (const PatchedObject &object : patch_.objects()) {
		for (const PatchedFunction &function : object.functions) {
			if (function.calls_itself)
				add(FindingId::calls_itself, {object.name, function.name},
				    "the replacement of '%s' calls '%s', and livepatch sends that call to the replacement again",
				    function.name.c_str(), function.name.c_str());
		}
	}
}

// The counterparts from Documentation/livepatch/callbacks.rst. A reversed transition calls
// post_unpatch alone (klp_reverse_transition(), klp_complete_transition()).
void Check::callbacks()
{
	for (const PatchedObject &object : patch_.objects()) {
		auto has = [&](const char *kind) {
			return std::ranges::find(object.callbacks, kind) != object.callbacks.end();
		};
		const char *name = object.name.c_str();
		if (has("pre_patch") && !has("post_unpatch"))
			add(FindingId::callback_unpaired, {object.name, ""},
			    "%s has a pre_patch callback and no post_unpatch: when the patch is disabled or its transition is reversed, nothing undoes what pre_patch did",
			    name);
		if (has("post_patch") && !has("pre_unpatch") && !has("post_unpatch"))
			add(FindingId::callback_unpaired, {object.name, ""},
			    "%s has a post_patch callback and neither pre_unpatch nor post_unpatch: when the patch is disabled, nothing undoes what post_patch did",
			    name);
	}
}

void Check::livepatch_symbols()
{
	// klp_clear_object_relocs() came with 6.3 (commit 0c05e7bd2d01). Before 6.3 the places
	// stay filled in, and the next attempt finds them "nonzero".
	constexpr unsigned clears_relocations = 0x603;
	std::set<std::string> targets;
	if (const auto &wrong = patch_.wrong_relocation()) {
		Kernel::Place where =
			wrong->object.empty() ? Kernel::Place::kernel : place(wrong->object);
		bool now = where == Kernel::Place::kernel || where == Kernel::Place::loaded;
		add(FindingId::livepatch_relocation_wrong, {wrong->object, "", now, wrong->object},
		    "%s", wrong->message.c_str());
	}
	for (const LivepatchSymbol &symbol : patch_.livepatch_symbols()) {
		if (stopped())
			return;
		Kernel::Place where = place(symbol.section_object);
		bool in_memory = where == Kernel::Place::kernel || where == Kernel::Place::loaded;
		if (where != Kernel::Place::kernel)
			targets.insert(symbol.section_object);
		if (where == Kernel::Place::absent)
			continue;
		Subject subject = {symbol.object, symbol.name, in_memory, symbol.section_object};
		Result<size_t> count =
			kernel_.count_symbols(place(symbol.object), symbol.object, symbol.name);
		if (count)
			occurrences(FindingId::klp_symbol_missing, FindingId::klp_symbol_ambiguous,
				    subject, symbol.sympos, *count);
		else
			add(FindingId::symbols_unseen, subject, "'%s': %s", symbol.name.c_str(),
			    count.error().message.c_str());
	}
	if (kernel_.version() >= clears_relocations)
		return;
	if (patch_.pins_targets()) {
		pinned();
		return;
	}
	for (const std::string &target : targets)
		add(FindingId::target_cannot_return, {target, ""},
		    "the patch has livepatch relocations for '%s'; unloaded once, '%s' cannot be loaded again (ENOEXEC)",
		    target.c_str(), target.c_str());
}

void Check::pinned()
{
	for (const PatchedObject &object : patch_.objects()) {
		if (!object.is_module)
			continue;
		bool is_loaded = place(object.name) == Kernel::Place::loaded;
		add(FindingId::target_pinned, {object.name, ""},
		    "'%s' cannot be unloaded while it is patched%s", object.name.c_str(),
		    is_loaded ? ""
			      : "; if its init fails once, it cannot be loaded again while the "
				"patch is there (ENOEXEC)");
	}
}

void Check::transition()
{
	Result<std::vector<LoadedPatch>> patches = kernel_.livepatches();
	if (!patches)
		return;
	for (const LoadedPatch &patch : *patches) {
		if (patch.in_transition)
			add(FindingId::transition_running, {}, "the patch '%s' is in transition",
			    patch.name.c_str());
	}
}

// Checks every name under which tracefs may list the function.
bool Check::redirected(const std::set<std::string> &sites, const std::string &object,
		       const PatchedFunction &function)
{
	if (sites.empty())
		return false;
	std::vector<std::string> names = kernel_.aliases(object, function.name, function.sympos);
	return std::ranges::any_of(names,
				   [&](const std::string &name) { return sites.contains(name); });
}

// klp_is_patch_compatible() of kernel/livepatch/state.c: a patch that replaces a loaded patch must
// know its states, and no patch may have a state in an older version.
void Check::states()
{
	Result<std::vector<LoadedPatch>> patches = kernel_.livepatches();
	if (!patches || (patch_.states().empty() && !patch_.replace().value_or(true)))
		return;
	for (const LoadedPatch &other : *patches) {
		Result<RememberedPatch> known = remembered_patch(root_of(kernel_), other.name);
		if (!known) {
			add(FindingId::states_unseen, {}, "the states of '%s' are not known: %s",
			    other.name.c_str(),
			    known.error().code == ENOENT ? "klp did not load it"
							 : known.error().message.c_str());
			continue;
		}
		for (const PatchState &state : known->states)
			compare_state(other.name, state);
	}
}

void Check::compare_state(const std::string &other, const PatchState &state)
{
	std::span<const PatchState> states = patch_.states();
	auto mine = std::ranges::find(states, state.id, &PatchState::id);
	if (mine == states.end()) {
		if (patch_.replace().value_or(false))
			add(FindingId::state_incompatible, {},
			    "'%s' has the state %lu; this patch replaces it and does not list the state",
			    other.c_str(), state.id);
	} else if (mine->version < state.version) {
		add(FindingId::state_incompatible, {},
		    "'%s' has version %u of the state %lu, this patch has %u", other.c_str(),
		    state.version, state.id, mine->version);
	}
}

void Check::tracing()
{
	// Since 7.2 the knob does nothing (writing 0 is EOPNOTSUPP); it then reads 1.
	Result<bool> enabled = kernel_.ftrace_enabled();
	if (enabled && !*enabled)
		add(FindingId::ftrace_disabled, {}, "kernel.ftrace_enabled is 0");
	Result<std::vector<TracedFunction>> traced = kernel_.traced_functions();
	Result<std::vector<LoadedPatch>> patches = kernel_.livepatches();
	if (!traced || !patches)
		return;
	std::set<std::pair<std::string, std::string>> livepatched;
	for (const LoadedPatch &patch : *patches)
		for (const LoadedPatch::Object &object : patch.objects)
			for (const LoadedPatch::Function &function : object.functions)
				livepatched.emplace(object.name, function.name);
	std::map<std::string, std::set<std::string>> sites; // of functions that somebody redirects
	for (const TracedFunction &site : *traced) {
		if (site.ip_modify)
			sites[site.module.empty() ? "vmlinux" : site.module].insert(site.name);
	}
	for (const PatchedObject &object : patch_.objects()) {
		for (const PatchedFunction &function : object.functions) {
			if (stopped())
				return;
			if (livepatched.contains({object.name, function.name}))
				continue;
			if (redirected(sites[object.name], object.name, function))
				add(FindingId::ip_modify_conflict, {object.name, function.name},
				    "'%s' is redirected by a tracer that is no livepatch",
				    function.name.c_str());
		}
	}
}

void Check::replaced(const LoadedPatch &other)
{
	add(FindingId::replace_removes, {}, "it replaces the patch '%s'", other.name.c_str());
	std::set<std::tuple<std::string, std::string, unsigned long>> covered;
	for (const PatchedObject &mine : patch_.objects())
		for (const PatchedFunction &own : mine.functions)
			covered.emplace(mine.name, own.name, std::max(own.sympos, 1ul));
	for (const LoadedPatch::Object &object : other.objects) {
		for (const LoadedPatch::Function &function : object.functions) {
			if (!covered.contains({object.name, function.name, function.sympos}))
				add(FindingId::replace_drops, {object.name, function.name},
				    "'%s' of %s is replaced by the livepatch '%s', which this patch disables without replacing the function itself",
				    function.name.c_str(), object.name.c_str(), other.name.c_str());
		}
	}
}

void Check::replace()
{
	Result<std::vector<LoadedPatch>> patches = kernel_.livepatches();
	if (!patches || patches->empty())
		return;
	if (!patch_.replace()) {
		add(FindingId::replace_unknown, {},
		    "whether it replaces the patches that are there cannot be read from the file");
		return;
	}
	if (!*patch_.replace())
		return;
	for (const LoadedPatch &other : *patches) {
		if (other.name != patch_.name() && other.phase() != LoadedPatch::Phase::disabled)
			replaced(other);
	}
}

void Check::removal()
{
	if (!patch_.is_removable())
		add(FindingId::not_removable, {},
		    "once active, its code stays in memory until the next boot");
}

void Check::build_ids()
{
	std::map<std::string, std::string> wanted;
	for (auto &[object, id] : patch_.target_build_ids())
		wanted[object] = id;
	std::set<std::string> concerned = {"vmlinux"};
	for (const PatchedObject &object : patch_.objects())
		concerned.insert(object.name);
	for (const std::string &object : concerned) {
		if (stopped())
			return;
		auto expected = wanted.find(object);
		Result<std::string> id = kernel_.build_id(object);
		if (id && !id->empty()) {
			add(FindingId::build_id, {object, ""}, "%s has the build id %s",
			    object.c_str(), id->c_str());
			if (expected != wanted.end() && expected->second != *id)
				add(FindingId::build_id_mismatch, {object, ""},
				    "made for the build %s of %s, this one is %s",
				    expected->second.c_str(), object.c_str(), id->c_str());
		} else if (expected != wanted.end()) {
			add(FindingId::build_id_unseen, {object, ""}, "the build id of %s: %s",
			    object.c_str(), id ? "it has none" : id.error().message.c_str());
		}
	}
}

}
