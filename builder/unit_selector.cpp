// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit_selector.hpp"
#include "escapes.hpp"
#include "overridden.hpp"
#include "patchability.hpp"
#include "type_ids.hpp"
#include "untraceable.hpp"

#include <algorithm>

namespace klp {

UnitSelector::UnitSelector(const UnitOfFix &unit, size_t index, KernelSymbols &symbols,
			   const std::set<std::string> &added)
    : unit_(unit),
      index_(index),
      symbols_(symbols),
      added_(added),
      companions_(*unit.after),
      refusals_(check_patchability(*unit.before, *unit.after, *unit.difference)),
      placer_(unit_, symbols_, refusals_)
{
	selection_.object_ = unit.after;
	selection_.image_ = unit.image;
}

void UnitSelector::begin()
{
	leave_out_overridden(unit_, &refusals_);
	name_callers(unit_, &refusals_);
	replace_functions();
	take_declarations();
}

void UnitSelector::replace_function(const Change &change)
{
	const Piece &old = unit_.before->piece(change.before);
	uint64_t address = unit_.proof->addresses[change.before];
	if (address == 0)
		return refusals_.add(refusal::address_unknown, old.name,
				     "klp-build cannot determine the address of '" + old.name +
					     "' in the kernel");
	Result<External> known = symbols_.at(*unit_.image, old.name, address);
	if (!known || known->delta != 0)
		return refusals_.add(refusal::address_unknown, old.name,
				     "kallsyms has no name for '" + old.name + "'");
	selection_.replaced_.push_back({change.after, known->name, known->sympos, change.why});
	placer_.add_replacement(change.after);
}

void UnitSelector::replace_functions()
{
	// A function that ftrace cannot redirect, or that does not run, needs no name.
	std::set<std::string> refused;
	for (const Refusal &refusal : refusals_.all()) {
		if (refusal.kind == &refusal::init_changed ||
		    refusal.kind == &refusal::not_traceable || refusal.kind == &refusal::overridden)
			refused.insert(refusal.subject);
	}
	for (const Change &change : unit_.difference->functions()) {
		if (change.before != no_piece && change.after != no_piece &&
		    !unit_.difference->is_copied(change.after) &&
		    !refused.contains(unit_.before->piece(change.before).name))
			replace_function(change);
	}
	// All replacements have to be known before the first reference is placed.
	for (const ReplacedFunction &function : selection_.replaced_)
		include(function.piece);
}

void UnitSelector::take_declarations()
{
	Declarations &declarations = selection_.declarations_;
	declarations = read_declarations(*unit_.after);
	for (const Callback &callback : declarations.callbacks) {
		if (callback.function != no_piece)
			include(callback.function);
		else
			refusals_.add(refusal::callback_elsewhere, callback.name,
				      "the " + std::string(name_of(callback.kind)) + " callback '" +
					      callback.name + "' is no function of this file");
	}
	for (const State &state : declarations.states)
		include(state.piece);
	for (const std::string &text : declarations.refused)
		refusals_.add(refusal::macro_refused, text, "'" + text + "' has no meaning here");
}

void UnitSelector::include(PieceId id)
{
	if (!included_.insert(id).second)
		return;
	selection_.included_.push_back(id);
	const Piece &piece = unit_.after->piece(id);
	if (piece.fixed)
		refusals_.add(refusal::not_movable, piece.name,
			      "'" + piece.name +
				      "' has a 2-byte jump to another function of its section");
	if (is_type_list(*unit_.after, piece) && !is_module())
		fill_in(id);
	follow(piece);
	if (piece.cold != no_piece)
		include(piece.cold);
	for (PieceId companion : companions_.of(id))
		include(companion);
}

void UnitSelector::fill_in(PieceId id)
{
	const Piece &piece = unit_.after->piece(id);
	if (!unit_.image->type_ids())
		return refusals_.add(refusal::address_unknown, piece.name,
				     "'" + piece.name + "' is of types, and the kernel has no BTF");
	Result<std::vector<std::byte>> filled =
		unit_.image->type_ids()->fill_in(*unit_.after, piece);
	if (filled)
		selection_.filled_[id] = std::move(*filled);
	else
		refusals_.add(refusal::address_unknown, piece.name,
			      "'" + piece.name + "': " + filled.error().message);
}

void UnitSelector::follow(const Piece &piece)
{
	for (const Reference &reference : piece.references) {
		selection_.placements_[&reference] = place(piece, reference);
		note_escape(piece, reference);
		check_weak_name(unit_, piece, reference, &refusals_);
	}
	for (const TableEntry &entry : piece.tables)
		follow_entry(piece, entry);
	for (const Reference &reference : piece.references)
		placer_.check_list_end(piece, reference);
}

// A name that a unit of the patch adds is left to resolve().
Placement UnitSelector::place(const Piece &from, const Reference &reference)
{
	const Target &target = reference.target;
	if (target.kind == Target::Kind::undefined && added_.contains(std::string(target.name))) {
		unresolved_.push_back({&from, &reference});
		return {.kind = Placement::Kind::unresolved};
	}
	Placement placement = placer_.place(from, reference);
	if (placement.kind == Placement::Kind::included)
		include(placement.piece);
	return placement;
}

void UnitSelector::note_escape(const Piece &from, const Reference &reference)
{
	std::optional<Refusal> refusal =
		escape(*unit_.after, from, reference, selection_.placement(reference));
	if (refusal)
		refusals_.add(*refusal->kind, refusal->subject, std::move(refusal->message));
}

void UnitSelector::note_left_behind()
{
	for (const auto *changes :
	     {&unit_.difference->functions(), &unit_.difference->variables()}) {
		for (const Change &change : *changes) {
			if (change.before != no_piece || included_.contains(change.after))
				continue;
			const Piece &piece = unit_.after->piece(change.after);
			if (is_declaration(unit_.after->section_name(piece)))
				continue;
			refusals_.add(refusal::not_carried, piece.name,
				      "'" + piece.name + "' is new");
		}
	}
}

// The kernel looks for tasks in a replacement from its symbol to the next one. Only replaced
// functions have symbols in the finished patch, so a replacement also covers the code behind it:
// its cold part, and behind the last replacement all new code.
void UnitSelector::order()
{
	const Object &after = *unit_.after;
	std::vector<PieceId> &included = selection_.included_;
	auto rank = [&](PieceId id) {
		const Piece &piece = after.piece(id);
		if (placer_.is_replacement(id) ||
		    (piece.parent != no_piece && placer_.is_replacement(piece.parent)))
			return 0;
		return piece.kind == Piece::Kind::function || piece.kind == Piece::Kind::cold ? 1
											      : 2;
	};
	std::ranges::stable_sort(included, {}, rank);
	// A cold part directly behind its parent.
	std::vector<PieceId> ordered;
	for (PieceId id : included) {
		if (after.piece(id).parent != no_piece)
			continue;
		ordered.push_back(id);
		if (after.piece(id).cold != no_piece)
			ordered.push_back(after.piece(id).cold);
	}
	included = std::move(ordered);
}

Selection UnitSelector::finish(const std::deque<UnitSelector> &all)
{
	check_new(all);
	note_left_behind();
	order();
	selection_.refusals_ = std::move(refusals_.all());
	return std::move(selection_);
}

}
