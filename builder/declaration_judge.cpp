// SPDX-License-Identifier: LGPL-2.1-or-later
#include "declaration_judge.hpp"

#include <algorithm>

namespace klp {

void leave_escapes_to_callbacks(std::span<Selection *const> selections)
{
	std::set<std::string> undone;
	for (const Selection *selection : selections) {
		if (selection->declarations().has_post_unpatch())
			undone.insert(selection->image().name());
	}
	for (Selection *selection : selections) {
		if (undone.contains("vmlinux") || undone.contains(selection->image().name()))
			selection->leave_to_callbacks();
	}
}

static void judge_callbacks(const Selection &selection, const Selection &other,
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

static void judge_states(const Selection &selection, const Selection &other,
			 std::vector<Refusal> *refusals)
{
	// A unit of two modules comes twice, and is one source.
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

std::vector<Refusal> judge_declarations(const Selection &selection, std::span<Selection *const> all)
{
	std::vector<Refusal> refusals;
	for (const Selection *other : all) {
		judge_callbacks(selection, *other, &refusals);
		judge_states(selection, *other, &refusals);
	}
	return refusals;
}

}
