// SPDX-License-Identifier: LGPL-2.1-or-later
#include "selection.hpp"
#include "unit_selector.hpp"

#include <algorithm>

namespace klp {

bool Selection::is_removable() const
{
	return std::ranges::none_of(refusals_, [](const Refusal &refusal) {
		return refusal.kind == &refusal::not_removable;
	});
}

void Selection::leave_to_callbacks()
{
	for (Refusal &refusal : refusals_) {
		if (refusal.kind == &refusal::not_removable)
			refusal.kind = &refusal::left_to_callback;
	}
}

bool Selection::is_left_to_callbacks() const
{
	return std::ranges::any_of(refusals_, [](const Refusal &refusal) {
		return refusal.kind == &refusal::left_to_callback;
	});
}

const std::vector<std::byte> &Selection::bytes_of(PieceId id) const
{
	auto filled = filled_.find(id);
	return filled == filled_.end() ? object_->piece(id).bytes : filled->second;
}

const Placement &Selection::placement(const Reference &reference) const
{
	return placements_.at(&reference);
}

static std::set<std::string> added_names(std::span<const UnitOfFix> units)
{
	std::set<std::string> names;
	for (const UnitOfFix &unit : units) {
		const Difference &difference = *unit.difference;
		for (const auto *changes : {&difference.functions(), &difference.variables()}) {
			for (const Change &change : *changes) {
				if (change.before == no_piece)
					names.insert(unit.after->piece(change.after).name);
			}
		}
	}
	return names;
}

std::vector<Selection> select(std::span<const UnitOfFix> units, const std::set<std::string> &copied,
			      KernelSymbols &symbols)
{
	std::set<std::string> added = added_names(units);
	added.insert(copied.begin(), copied.end());
	std::deque<UnitSelector> selectors;
	for (const UnitOfFix &unit : units)
		selectors.emplace_back(unit, selectors.size(), symbols, added).begin();
	// A piece that is included for one unit may need pieces of other units itself.
	while (std::ranges::any_of(selectors, &UnitSelector::has_unresolved)) {
		for (UnitSelector &selector : selectors)
			selector.resolve(selectors);
	}
	std::vector<Selection> selections;
	for (UnitSelector &selector : selectors)
		selections.push_back(selector.finish(selectors));
	return selections;
}

std::vector<const Selection *> in_order(std::span<const Selection> selections)
{
	std::vector<const Selection *> order;
	for (size_t i = 0; i < selections.size(); i++) {
		if (selections[i].behind())
			continue;
		order.push_back(&selections[i]);
		for (const Selection &other : selections) {
			if (other.behind() == i)
				order.push_back(&other);
		}
	}
	return order;
}

}
