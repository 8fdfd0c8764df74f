// SPDX-License-Identifier: LGPL-2.1-or-later
// Weak functions and variables, for which the linker may have taken another unit's definition.
#include "selection.hpp"

#include <algorithm>

namespace klp {

// A change without effect is not refused.
void Selection::leave_out_overridden()
{
	std::set<std::string> names;
	for (const auto *changes : {&difference_->functions(), &difference_->variables()}) {
		for (const Change &change : *changes) {
			if (change.before != no_piece && change.after != no_piece &&
			    proof_->overridden.contains(change.before))
				names.insert(before_->piece(change.before).name);
		}
	}
	std::erase_if(refusals_,
		      [&](const Refusal &refusal) { return names.contains(refusal.subject); });
	for (const std::string &name : names)
		refuse(refusal::overridden, name,
		       "'" + name + "' is weak here, and " + image_->name() +
			       " has another unit's; nothing runs or uses this one");
}

// The linker may take another unit's definition for a weak alias, and not for the other name. The
// object no longer tells which of the names the code refers to.
void Selection::check_weak_name(const Piece &from, const Reference &reference)
{
	if (reference.target.kind != Target::Kind::piece)
		return;
	const Piece &piece = after_->piece(reference.target.piece);
	PieceId before = correlation_->before_of(reference.target.piece);
	if (before == no_piece || !proof_->half_overridden.contains(before) || &piece == &from ||
	    piece.cold == static_cast<PieceId>(&from - after_->pieces().data()))
		return;
	refuse(refusal::address_unknown, from.name,
	       "'" + from.name + "' refers to '" + piece.name +
		       "', of whose names one is weak and " + "another unit's in " +
		       image_->name() + ": which is meant, cannot be told");
}

}
