// SPDX-License-Identifier: LGPL-2.1-or-later
#include "declaration_checks.hpp"

#include <algorithm>
#include <set>

namespace klp {

void leave_escapes_to_callbacks(std::span<Selection> selections)
{
	std::set<std::string> undone;
	for (const Selection &selection : selections) {
		if (selection.declarations().has_post_unpatch())
			undone.insert(selection.image().name());
	}
	for (Selection &selection : selections) {
		if (undone.contains("vmlinux") || undone.contains(selection.image().name()))
			selection.leave_to_callbacks();
	}
}

static void check_callbacks(const Selection &selection, const Selection &other,
			    std::vector<Refusal> *refusals)
{
	const std::string &object = selection.image().name();
	if (other.image().name() != object)
		return;
	for (const Callback &mine : selection.declarations().callbacks) {
		for (const Callback &theirs : other.declarations().callbacks) {
			if (&mine != &theirs && mine.kind == theirs.kind)
				refusals->push_back({&refusal::declared_twice, mine.name, "",
						     "'" + mine.name + "' and '" + theirs.name +
							     "' are both the " +
							     name_of(mine.kind) + " callback of " +
							     object});
		}
	}
}

// Uses the words of Check::callbacks() of libklp about a module.
static void check_counterparts(const Selection &selection, std::span<const Selection> all,
			       std::vector<Refusal> *refusals)
{
	const std::string &object = selection.image().name();
	std::set<CallbackKind> kinds;
	for (const Selection &other : all) {
		if (other.image().name() != object)
			continue;
		for (const Callback &callback : other.declarations().callbacks)
			kinds.insert(callback.kind);
	}
	for (const Callback &mine : selection.declarations().callbacks) {
		bool undone = kinds.contains(CallbackKind::post_unpatch);
		const char *missing = "post_unpatch";
		if (mine.kind == CallbackKind::post_patch) {
			undone |= kinds.contains(CallbackKind::pre_unpatch);
			missing = "pre_unpatch";
		}
		bool does = mine.kind == CallbackKind::pre_patch ||
			    mine.kind == CallbackKind::post_patch;
		if (does && !undone)
			refusals->push_back({&refusal::callback_unpaired, mine.name, "",
					     "nothing undoes what '" + mine.name + "', the " +
						     name_of(mine.kind) + " callback of " + object +
						     ", does: there is no " + missing});
	}
}

static void check_states(const Selection &selection, const Selection &other,
			 std::vector<Refusal> *refusals)
{
	// A unit of two modules is listed twice, and is one source.
	if (&selection != &other && selection.object().path() == other.object().path() &&
	    selection.image().name() != other.image().name())
		return;
	for (const State &mine : selection.declarations().states) {
		for (const State &theirs : other.declarations().states) {
			if (&mine != &theirs && mine.id == theirs.id)
				refusals->push_back({&refusal::declared_twice,
						     selection.object().piece(mine.piece).name, "",
						     "the state " + std::to_string(mine.id) +
							     " is declared twice"});
		}
	}
}

std::vector<Refusal> check_declarations(const Selection &selection, std::span<const Selection> all)
{
	std::vector<Refusal> refusals;
	for (const Selection &other : all) {
		check_callbacks(selection, other, &refusals);
		check_states(selection, other, &refusals);
	}
	check_counterparts(selection, all, &refusals);
	return refusals;
}

}
