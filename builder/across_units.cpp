// SPDX-License-Identifier: LGPL-2.1-or-later
// References across the units of a patch: to the functions that one of them adds.
#include "unit_selector.hpp"

#include <algorithm>

namespace klp {

// The piece that other units may mean by this name.
PieceId UnitSelector::added_global(std::string_view name) const
{
	PieceId id = unit_.after->find(name);
	bool known = id == no_piece || unit_.difference->correlation().before_of(id) != no_piece;
	return !known && unit_.after->piece(id).global ? id : no_piece;
}

// The id of a function of the kernel of which the patch brings a copy for all callers.
PieceId UnitSelector::copy_of(std::string_view name) const
{
	PieceId id = unit_.after->find(name);
	bool copied =
		id != no_piece && unit_.after->piece(id).global && unit_.difference->is_copied(id);
	return copied ? id : no_piece;
}

// Resolves a name for a unit of the same object, as the linker would, or of a module that needs
// this object and so is loaded only with it. The function need not be exported: the patch has it. A
// variable stays unresolved: a later patch that replaces this one would begin with another
// variable.
PieceId UnitSelector::provides(std::string_view name, const UnitSelector &user) const
{
	PieceId id = added_global(name);
	if (id == no_piece)
		id = copy_of(name);
	if (id == no_piece || unit_.after->piece(id).kind != Piece::Kind::function ||
	    unit_.after->piece(id).weak)
		return no_piece;
	bool there = object() == user.object() || !is_module() ||
		     symbols_.needs(*user.unit_.image, object());
	return there ? id : no_piece;
}

// The kernel looks for tasks in a replacement and in the code without a symbol behind it (see
// order()), and only in replacements of loaded objects (klp_check_stack()). The code of a unit
// without a replacement is placed behind a user's, or behind a replacement of vmlinux: the code
// runs only while the user's object is loaded, and the provider's object is loaded then, too.
bool UnitSelector::is_covered(UnitSelector &provider, const std::deque<UnitSelector> &all) const
{
	std::optional<size_t> &behind = provider.selection_.behind_;
	if (!provider.selection_.replaced_.empty())
		return true;
	if (selection_.replaced_.empty())
		return false;
	if (!behind || !is_module())
		behind = index_;
	const UnitSelector &covering = all[*behind];
	return !covering.is_module() || covering.object() == object();
}

Placement UnitSelector::take_from(const Piece &from, UnitSelector &provider, PieceId id,
				  const std::deque<UnitSelector> &all)
{
	const Object &object = *provider.unit_.after;
	const Piece &piece = object.piece(id);
	Placement placement = {.kind = Placement::Kind::included, .piece = id, .object = &object};
	if (placer_.refuse_new_entry(from, object, piece))
		return placement;
	if (is_covered(provider, all))
		provider.include(id);
	else
		refusals_.add(
			refusal::address_unknown, from.name,
			"'" + piece.name +
				"' is new in a file where the fix replaces nothing; a patch can call " +
				"it only from files of one module, of which one replaces a function");
	return placement;
}

// The patch includes a function that one unit needs and another adds, if the other unit is of
// vmlinux, of the same module or of a module that this one needs.
Placement UnitSelector::resolved(const Unresolved &unresolved, std::deque<UnitSelector> &all)
{
	const Target &target = unresolved.reference->target;
	std::string name(target.name);
	UnitSelector *provider = nullptr;
	bool is_new = false, own = is_module() && !unit_.image->find(name).empty();
	for (UnitSelector &other : all) {
		is_new |= other.added_global(name) != no_piece;
		if (other.provides(name, *this) != no_piece &&
		    (!provider || other.object() == object()))
			provider = &other;
	}
	if (provider && (!own || provider->object() == object()))
		return take_from(*unresolved.from, *provider, provider->provides(name, *this), all);
	if (own || !is_new)
		return placer_.place_undefined(*unresolved.from, target);
	refusals_.add(
		refusal::address_unknown, unresolved.from->name,
		"'" + name +
			"' is new in another file of the fix; a patch can "
			"call it only if that file is in vmlinux, in the same module, or in a module "
			"that this one depends on");
	return {.kind = Placement::Kind::unresolved};
}

void UnitSelector::resolve(std::deque<UnitSelector> &all)
{
	while (!unresolved_.empty()) {
		Unresolved unresolved = unresolved_.back();
		unresolved_.pop_back();
		selection_.placements_[unresolved.reference] = resolved(unresolved, all);
		note_escape(*unresolved.from, *unresolved.reference);
	}
}

// A new global symbol of this unit must be new in the complete object.
void UnitSelector::check_new(const std::deque<UnitSelector> &all)
{
	for (PieceId id : selection_.included_) {
		const Piece &piece = unit_.after->piece(id);
		if (!piece.global || piece.parent != no_piece ||
		    added_global(piece.name) == no_piece)
			continue;
		std::vector<Image::Symbol> there = unit_.image->find(piece.name);
		if (std::ranges::any_of(there, &Image::Symbol::global))
			refusals_.add(refusal::moved, piece.name,
				      "'" + piece.name + "' is new here, and " + object() +
					      " has it already");
		for (const UnitSelector &other : all) {
			if (piece.weak && other.provides(piece.name, *this) != no_piece)
				refusals_.add(
					refusal::moved, piece.name,
					"'" + piece.name +
						"' is weak here, and new in another file, too");
		}
	}
}

}
