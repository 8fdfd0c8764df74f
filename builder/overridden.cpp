// SPDX-License-Identifier: LGPL-2.1-or-later
#include "overridden.hpp"

namespace klp {

void leave_out_overridden(const UnitOfFix &unit, Refusals *refusals)
{
	std::set<std::string> names;
	for (const auto *changes : {&unit.difference->functions(), &unit.difference->variables()}) {
		for (const Change &change : *changes) {
			if (change.before != no_piece && change.after != no_piece &&
			    unit.proof->overridden.contains(change.before))
				names.insert(unit.before->piece(change.before).name);
		}
	}
	std::erase_if(refusals->all(),
		      [&](const Refusal &refusal) { return names.contains(refusal.subject); });
	for (const std::string &name : names)
		refusals->add(refusal::overridden, name,
			      "'" + name + "' is weak here, and " + unit.image->name() +
				      " has another unit's; nothing runs or uses this one");
}

void check_weak_name(const UnitOfFix &unit, const Piece &from, const Reference &reference,
		     Refusals *refusals)
{
	if (reference.target.kind != Target::Kind::piece)
		return;
	const Piece &piece = unit.after->piece(reference.target.piece);
	PieceId before = unit.difference->correlation().before_of(reference.target.piece);
	if (before == no_piece || !unit.proof->half_overridden.contains(before) ||
	    &piece == &from ||
	    piece.cold == static_cast<PieceId>(&from - unit.after->pieces().data()))
		return;
	refusals->add(refusal::address_unknown, from.name,
		      "'" + from.name + "' refers to '" + piece.name +
			      "', of whose names one is weak and " + "another unit's in " +
			      unit.image->name() + ": klp-build cannot tell which is meant");
}

}
