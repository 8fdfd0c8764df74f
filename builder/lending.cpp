// SPDX-License-Identifier: LGPL-2.1-or-later
// What the units of a patch give each other: the functions that one of them has anew.
#include "selection.hpp"

#include <algorithm>

namespace klp {

// What other units may mean by this name.
PieceId Selection::defined_anew(std::string_view name) const
{
	PieceId id = after_->find(name);
	bool known = id == no_piece || correlation_->before_of(id) != no_piece;
	return !known && after_->piece(id).global ? id : no_piece;
}

// A function that the kernel has, and that the patch brings for all who call it.
PieceId Selection::copy_of(std::string_view name) const
{
	PieceId id = after_->find(name);
	bool copied = id != no_piece && after_->piece(id).global && difference_->is_copied(id);
	return copied ? id : no_piece;
}

// To one of its own object, as the linker would, or to a module that needs its object and so
// is there only when that is: exported or not, the patch has it. Variables stay: a later patch
// that replaces this one would begin with another.
PieceId Selection::lends(std::string_view name, const Selection &user) const
{
	PieceId id = defined_anew(name);
	if (id == no_piece)
		id = copy_of(name);
	if (id == no_piece || after_->piece(id).kind != Piece::Kind::function ||
	    after_->piece(id).weak)
		return no_piece;
	bool there = image_->name() == user.image_->name() || !image_->is_module() ||
		     symbols_->needs(*user.image_, image_->name());
	return there ? id : no_piece;
}

// The kernel looks for tasks in a replacement and in what stands behind it without a symbol, as
// order() has it; and in those of objects alone that are there (klp_check_stack()). Code of a
// unit without a replacement stands behind a user's, or behind one of vmlinux': it is run
// only while its user's object is there, and the lender's is there whenever that is.
bool Selection::is_covered(Selection *lender)
{
	const std::string &object = image_->name();
	if (!lender->replaced_.empty())
		return true;
	if (replaced_.empty())
		return false;
	if (!lender->behind_ || object == "vmlinux")
		lender->behind_ = this;
	const std::string &covering = lender->behind_->image_->name();
	return covering == "vmlinux" || covering == object;
}

Placement Selection::borrow(const Piece &from, Selection *lender, PieceId id)
{
	Placement placement;
	placement.kind = Placement::Kind::carried;
	placement.piece = id;
	placement.object = lender->after_;
	const Piece &piece = lender->after_->piece(id);
	if (refuse_new_entry(from, *lender->after_, piece))
		return placement;
	if (!is_covered(lender))
		refuse(refusal::address_unknown, from.name,
		       "'" + piece.name + "' is new in a file of which nothing is replaced, and " +
			       "its users are of several modules, or replace nothing either");
	else
		lender->carry(id);
	return placement;
}

void Selection::find_missing(std::span<Selection *const> all)
{
	while (!missing_.empty()) {
		Missing missing = missing_.back();
		missing_.pop_back();
		const Target &target = missing.reference->target;
		std::string name(target.name);
		Selection *lender = nullptr;
		bool anew = false, own = image_->is_module() && !image_->find(name).empty();
		for (Selection *other : all) {
			anew |= other->defined_anew(name) != no_piece;
			if (other->lends(name, *this) != no_piece &&
			    (!lender || other->image_->name() == image_->name()))
				lender = other;
		}
		Placement &placement = placements_[missing.reference];
		if (lender && (!own || lender->image_->name() == image_->name()))
			placement = borrow(*missing.from, lender, lender->lends(name, *this));
		else if (own || !anew)
			placement = place_undefined(*missing.from, target);
		else
			refuse(refusal::address_unknown, missing.from->name,
			       "'" + name + "' is new in another file of the fix, and comes from " +
				       "there only as a function of vmlinux, of the same module or of " +
				       "one that this needs");
		note_escape(*missing.from, *missing.reference);
	}
}

// What everybody knows by its name, and is new in this unit, must be new in the whole object.
void Selection::judge_new(std::span<Selection *const> all)
{
	for (PieceId id : carried_) {
		const Piece &piece = after_->piece(id);
		if (!piece.global || piece.parent != no_piece ||
		    defined_anew(piece.name) == no_piece)
			continue;
		std::vector<Image::Symbol> there = image_->find(piece.name);
		if (std::ranges::any_of(there, &Image::Symbol::global))
			refuse(refusal::moved, piece.name,
			       "'" + piece.name + "' is new here, and " + image_->name() +
				       " has it already");
		for (const Selection *other : all) {
			if (piece.weak && other->lends(piece.name, *this) != no_piece)
				refuse(refusal::moved, piece.name,
				       "'" + piece.name +
					       "' is weak here, and new in another file, too");
		}
	}
}

// What is carried for one may need something itself.
void complete(std::span<Selection *const> selections)
{
	auto misses = [](const Selection *selection) { return !selection->missing_.empty(); };
	while (std::ranges::any_of(selections, misses)) {
		for (Selection *selection : selections)
			selection->find_missing(selections);
	}
	for (Selection *selection : selections) {
		selection->judge_new(selections);
		selection->note_left_behind();
		selection->order();
	}
}

std::vector<const Selection *> in_order(std::span<const Selection *const> selections)
{
	std::vector<const Selection *> order;
	for (const Selection *selection : selections) {
		if (selection->behind())
			continue;
		order.push_back(selection);
		for (const Selection *other : selections) {
			if (other->behind() == selection)
				order.push_back(other);
		}
	}
	return order;
}

}
