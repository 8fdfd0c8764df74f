// SPDX-License-Identifier: LGPL-2.1-or-later
// References across the units of a patch: to the functions that one of them adds.
#include "selection.hpp"

#include <algorithm>

namespace klp {

// The piece that other units may mean by this name.
PieceId Selection::added_global(std::string_view name) const
{
	PieceId id = after_->find(name);
	bool known = id == no_piece || correlation_->before_of(id) != no_piece;
	return !known && after_->piece(id).global ? id : no_piece;
}

// The id of a function of the kernel of which the patch brings a copy for all callers.
PieceId Selection::copy_of(std::string_view name) const
{
	PieceId id = after_->find(name);
	bool copied = id != no_piece && after_->piece(id).global && difference_->is_copied(id);
	return copied ? id : no_piece;
}

// Resolves a name for a unit of the same object, as the linker would, or of a module that needs
// this object and so is loaded only with it. The function need not be exported: the patch has it. A
// variable stays unresolved: a later patch that replaces this one would begin with another
// variable.
PieceId Selection::provides(std::string_view name, const Selection &user) const
{
	PieceId id = added_global(name);
	if (id == no_piece)
		id = copy_of(name);
	if (id == no_piece || after_->piece(id).kind != Piece::Kind::function ||
	    after_->piece(id).weak)
		return no_piece;
	bool there = image_->name() == user.image_->name() || !image_->is_module() ||
		     symbols_->needs(*user.image_, image_->name());
	return there ? id : no_piece;
}

// The kernel looks for tasks in a replacement and in the code without a symbol behind it (see
// order()), and only in replacements of loaded objects (klp_check_stack()). The code of a unit
// without a replacement is placed behind a user's, or behind a replacement of vmlinux: the code
// runs only while the user's object is loaded, and the provider's object is loaded then, too.
bool Selection::is_covered(Selection *provider)
{
	const std::string &object = image_->name();
	if (!provider->replaced_.empty())
		return true;
	if (replaced_.empty())
		return false;
	if (!provider->behind_ || object == "vmlinux")
		provider->behind_ = this;
	const std::string &covering = provider->behind_->image_->name();
	return covering == "vmlinux" || covering == object;
}

Placement Selection::take_from(const Piece &from, Selection *provider, PieceId id)
{
	Placement placement;
	placement.kind = Placement::Kind::included;
	placement.piece = id;
	placement.object = provider->after_;
	const Piece &piece = provider->after_->piece(id);
	if (refuse_new_entry(from, *provider->after_, piece))
		return placement;
	if (!is_covered(provider))
		refuse(refusal::address_unknown, from.name,
		       "'" + piece.name + "' is new in a file of which nothing is replaced, and " +
			       "its users are of several modules, or replace nothing either");
	else
		provider->include(id);
	return placement;
}

void Selection::resolve_across_units(std::span<Selection *const> all)
{
	while (!unresolved_.empty()) {
		Unresolved unresolved = unresolved_.back();
		unresolved_.pop_back();
		const Target &target = unresolved.reference->target;
		std::string name(target.name);
		Selection *provider = nullptr;
		bool anew = false, own = image_->is_module() && !image_->find(name).empty();
		for (Selection *other : all) {
			anew |= other->added_global(name) != no_piece;
			if (other->provides(name, *this) != no_piece &&
			    (!provider || other->image_->name() == image_->name()))
				provider = other;
		}
		Placement &placement = placements_[unresolved.reference];
		if (provider && (!own || provider->image_->name() == image_->name()))
			placement = take_from(*unresolved.from, provider,
					      provider->provides(name, *this));
		else if (own || !anew)
			placement = place_undefined(*unresolved.from, target);
		else
			refuse(refusal::address_unknown, unresolved.from->name,
			       "'" + name + "' is new in another file of the fix, and comes from " +
				       "there only as a function of vmlinux, of the same module or of " +
				       "one that this needs");
		note_escape(*unresolved.from, *unresolved.reference);
	}
}

// A new global symbol of this unit must be new in the complete object.
void Selection::check_new(std::span<Selection *const> all)
{
	for (PieceId id : included_) {
		const Piece &piece = after_->piece(id);
		if (!piece.global || piece.parent != no_piece ||
		    added_global(piece.name) == no_piece)
			continue;
		std::vector<Image::Symbol> there = image_->find(piece.name);
		if (std::ranges::any_of(there, &Image::Symbol::global))
			refuse(refusal::moved, piece.name,
			       "'" + piece.name + "' is new here, and " + image_->name() +
				       " has it already");
		for (const Selection *other : all) {
			if (piece.weak && other->provides(piece.name, *this) != no_piece)
				refuse(refusal::moved, piece.name,
				       "'" + piece.name +
					       "' is weak here, and new in another file, too");
		}
	}
}

// A piece that is included for one unit may need pieces of other units itself.
void complete(std::span<Selection *const> selections)
{
	auto has_unresolved = [](const Selection *selection) {
		return !selection->unresolved_.empty();
	};
	while (std::ranges::any_of(selections, has_unresolved)) {
		for (Selection *selection : selections)
			selection->resolve_across_units(selections);
	}
	for (Selection *selection : selections) {
		selection->check_new(selections);
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
