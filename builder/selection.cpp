// SPDX-License-Identifier: LGPL-2.1-or-later
#include "selection.hpp"
#include "patchability.hpp"
#include "sections.hpp"
#include "type_ids.hpp"

#include <algorithm>

namespace klp {

static std::string section_of(const Object &object, const Piece &piece)
{
	return std::string(object.section_name(piece));
}

Selection Selection::make(const Object &before, const Object &after, const Difference &difference,
			  const Proof &proof, const Image &image, KernelSymbols &symbols,
			  const std::set<std::string> &added_elsewhere)
{
	Selection selection;
	selection.before_ = &before;
	selection.after_ = &after;
	selection.difference_ = &difference;
	selection.correlation_ = &difference.correlation();
	selection.proof_ = &proof;
	selection.image_ = &image;
	selection.symbols_ = &symbols;
	selection.added_elsewhere_ = added_elsewhere;
	selection.refusals_ = check_patchability(before, after, difference);
	selection.leave_out_overridden();
	selection.name_callers();
	selection.check_functions(difference);
	selection.take_declarations();
	return selection;
}

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

void Selection::refuse(const RefusalKind &kind, const std::string &subject, std::string message)
{
	if (said_.insert(kind.id + ("\n" + subject + "\n" + message)).second)
		refusals_.push_back({&kind, subject, "", std::move(message)});
}

void Selection::check_function(const Change &change)
{
	const Piece &old = before_->piece(change.before);
	uint64_t address = proof_->addresses[change.before];
	if (address == 0)
		return refuse(refusal::address_unknown, old.name,
			      "where '" + old.name + "' is in the kernel cannot be told");
	Result<External> known = symbols_->at(*image_, old.name, address);
	if (!known || known->delta != 0)
		return refuse(refusal::address_unknown, old.name,
			      "kallsyms has no name for '" + old.name + "'");
	replaced_.push_back({change.after, known->name, known->sympos, change.why});
	replaced_pieces_.insert(change.after);
}

void Selection::check_functions(const Difference &difference)
{
	// A function that ftrace cannot redirect, or that does not run, needs no name.
	std::set<std::string> refused;
	for (const Refusal &refusal : refusals_) {
		if (refusal.kind == &refusal::init_changed ||
		    refusal.kind == &refusal::not_traceable || refusal.kind == &refusal::overridden)
			refused.insert(refusal.subject);
	}
	for (const Change &change : difference.functions()) {
		if (change.before != no_piece && change.after != no_piece &&
		    !difference.is_copied(change.after) &&
		    !refused.contains(before_->piece(change.before).name))
			check_function(change);
	}
	for (const ReplacedFunction &function : replaced_)
		include(function.piece);
}

void Selection::take_declarations()
{
	declarations_ = read_declarations(*after_);
	for (const Callback &callback : declarations_.callbacks) {
		if (callback.function != no_piece)
			include(callback.function);
		else
			refuse(refusal::callback_elsewhere, callback.name,
			       "the " + std::string(name_of(callback.kind)) + " callback '" +
				       callback.name + "' is no function of this file");
	}
	for (const State &state : declarations_.states)
		include(state.piece);
	for (const std::string &text : declarations_.refused)
		refuse(refusal::macro_refused, text, "'" + text + "' has no meaning here");
}

void Selection::include(PieceId id)
{
	if (!included_set_.insert(id).second)
		return;
	included_.push_back(id);
	const Piece &piece = after_->piece(id);
	if (piece.fixed)
		refuse(refusal::not_movable, piece.name,
		       "'" + piece.name + "' has a short jump out of it");
	if (is_type_list(*after_, piece) && !image_->is_module())
		fill_in(id);
	follow(piece);
	if (piece.cold != no_piece)
		include(piece.cold);
	include_companions(id);
}

void Selection::fill_in(PieceId id)
{
	const Piece &piece = after_->piece(id);
	if (!image_->type_ids())
		return refuse(refusal::address_unknown, piece.name,
			      "'" + piece.name + "' is of types, and the kernel has no BTF");
	Result<std::vector<std::byte>> filled = image_->type_ids()->fill_in(*after_, piece);
	if (filled)
		filled_[id] = std::move(*filled);
	else
		refuse(refusal::address_unknown, piece.name,
		       "'" + piece.name + "': " + filled.error().message);
}

const std::vector<std::byte> &Selection::bytes_of(PieceId id) const
{
	auto filled = filled_.find(id);
	return filled == filled_.end() ? after_->piece(id).bytes : filled->second;
}

void Selection::follow(const Piece &piece)
{
	for (const Reference &reference : piece.references) {
		placements_[&reference] = place(piece, reference);
		note_escape(piece, reference);
		check_weak_name(piece, reference);
	}
	for (const TableEntry &entry : piece.tables)
		follow_entry(piece, entry);
	for (const Reference &reference : piece.references)
		check_list_end(piece, reference);
}

// For lists of types the assembler leaves only the section and a distance: at the end of one list
// and the begin of the next, either list may be meant. This does not matter if both lists stay in
// place.
void Selection::check_list_end(const Piece &from, const Reference &reference)
{
	const Target &target = reference.target;
	if (target.kind != Target::Kind::piece || target.offset != 0 ||
	    !is_type_list(*after_, after_->piece(target.piece)))
		return;
	const Piece &next = after_->piece(target.piece);
	auto ends_there = [](const Piece &list, const Piece &next) {
		return list.section == next.section && list.start + list.size == next.start;
	};
	for (const Reference &other : from.references) {
		if (other.target.kind != Target::Kind::piece ||
		    !ends_there(after_->piece(other.target.piece), next))
			continue;
		PieceId old = correlation_->before_of(other.target.piece),
			old_next = correlation_->before_of(target.piece);
		if (old == no_piece || old_next == no_piece ||
		    !ends_there(before_->piece(old), before_->piece(old_next)))
			refuse(refusal::address_unknown, from.name,
			       "'" + from.name + "' refers to the end of '" +
				       after_->piece(other.target.piece).name + "', or to '" +
				       next.name + "': which, cannot be told");
	}
}

// The module whose symbol a reference is resolved to; "" if it is no module's symbol.
static std::string module_of(const Placement &placed)
{
	bool of_module = placed.kind == Placement::Kind::external &&
			 placed.external.kind == External::Kind::livepatch &&
			 placed.external.object != "vmlinux";
	return of_module ? placed.external.object : "";
}

// The module of a static key, or of a tracepoint's key: the patched module, whether the key is new
// in it or not, or a module that the patched one depends on. "" for the kernel.
std::string Selection::module_of_key(const Piece &piece, const Reference &reference)
{
	const Target &key = reference.target;
	bool own = key.kind == Target::Kind::piece
			   ? !is_special_static(after_->piece(key.piece).name)
			   : key.kind == Target::Kind::undefined &&
				     !image_->find(std::string(key.name)).empty();
	return own && image_->is_module() ? image_->name() : module_of(place(piece, reference));
}

// Refuses an entry whose form assembly.hpp does not know.
void Selection::refuse_jump_entry(const Piece &piece, const Target &key, const std::string &module)
{
	std::string name = key.kind == Target::Kind::piece ? after_->piece(key.piece).name
							   : std::string(key.name);
	refuse(refusal::key_in_module, piece.name,
	       "'" + piece.name + "' has a jump label for the static key '" + name + "' of " +
		       module);
}

void Selection::follow_entry(const Piece &piece, const TableEntry &entry)
{
	static constexpr size_t jump_key = 2, call_key = 1;
	bool jump = entry.section == "__jump_table";
	if (jump || entry.section == ".static_call_sites") {
		const Reference &key = entry.references[jump ? jump_key : call_key];
		std::string module = module_of_key(piece, key);
		if (jump && !module.empty())
			refuse_jump_entry(piece, key.target, module);
		// A static call then uses its trampoline, which is always right.
		if (!module.empty()) {
			dropped_.insert(&entry);
			return;
		}
	}
	if (entry.section.starts_with("runtime_"))
		return refuse(refusal::boot_constant, piece.name,
			      "'" + piece.name + "' has a constant of " +
				      std::string(entry.section));
	if (entry.section == ".ibt_endbr_seal") {
		// objtool assumed that no code takes these addresses; ftrace does.
		dropped_.insert(&entry);
		return;
	}
	for (const Reference &reference : entry.references) {
		const Placement &placed = placements_[&reference] = place(piece, reference);
		if (!module_of(placed).empty())
			refuse(refusal::table_in_module, piece.name,
			       "an entry of '" + piece.name + "' in " + std::string(entry.section) +
				       " refers to '" + placed.external.name + "'");
	}
}

Placement Selection::place(const Piece &from, const Reference &reference)
{
	Placement placement;
	const Target &target = reference.target;
	switch (target.kind) {
	case Target::Kind::piece:
		return place_piece(from, reference);
	case Target::Kind::string:
	case Target::Kind::literal:
		placement.kind = Placement::Kind::content;
		return placement;
	case Target::Kind::absolute:
		placement.kind = Placement::Kind::number;
		return placement;
	case Target::Kind::undefined:
		break;
	}
	if (!added_elsewhere_.contains(std::string(target.name)))
		return place_undefined(from, target);
	unresolved_.push_back({&from, &reference});
	placement.kind = Placement::Kind::unresolved; // until complete()
	return placement;
}

Placement Selection::place_undefined(const Piece &from, const Target &target)
{
	Placement placement;
	auto proved = proof_->undefined.find(target.name);
	Result<External> external =
		symbols_->undefined(*image_, std::string(target.name),
				    proved == proof_->undefined.end() ? 0 : proved->second);
	if (!external && target.weak) {
		placement.kind = Placement::Kind::unresolved;
		return placement;
	}
	placement.kind = Placement::Kind::external;
	if (external)
		placement.external = std::move(*external);
	else
		refuse(refusal::address_unknown, from.name, external.error().message);
	return placement;
}

bool Selection::refuse_new_entry(const Piece &from, const Object &object, const Piece &piece)
{
	std::string section = section_of(object, piece);
	bool refused = is_kernel_table(section) || is_registration(section) ||
		       (image_->is_module() && is_type_list(object, piece));
	if (refused)
		refuse(refusal::new_key, from.name,
		       "'" + piece.name + "' is new in " + section + ", used by '" + from.name +
			       "'");
	return refused;
}

Placement Selection::place_original(const Piece &from, PieceId before)
{
	const Piece &piece = before_->piece(before);
	Placement placement;
	placement.kind = Placement::Kind::external;
	uint64_t address = proof_->addresses[before];
	Result<External> external = address != 0 ? symbols_->at(*image_, piece.name, address)
						 : symbols_->undefined(*image_, piece.name, 0);
	if (external)
		placement.external = std::move(*external);
	else
		refuse(refusal::address_unknown, from.name, external.error().message);
	return placement;
}

Placement Selection::place_piece(const Piece &from, const Reference &reference)
{
	PieceId id = reference.target.piece;
	const Piece &piece = after_->piece(id);
	PieceId original = correlation_->before_of(id);
	// A reference from a function to itself and its own parts.
	bool own =
		&piece == &from || (piece.cold != no_piece && &after_->piece(piece.cold) == &from);
	bool inside = piece.is_code() && reference.target.offset != 0;
	bool replaced = replaced_pieces_.contains(id) || difference_->is_copied(id);
	bool code_goes_along = piece.kind == Piece::Kind::code || piece.kind == Piece::Kind::cold;
	Placement included;
	included.kind = Placement::Kind::included;
	included.piece = id;
	included.object = after_;
	if (own || code_goes_along || (replaced && (reference.branch || inside))) {
		include(id);
		return included;
	}
	if (original != no_piece && !is_special_static(piece.name))
		return place_original(from, original);
	// A table's entry is about its own function, new or not.
	refuse_new_entry(from, *after_, piece);
	include(id);
	return included;
}

// Code that got the address of a new function, variable or table may use it after the patch is
// disabled; the same is true of strings that such code reads from a table.
void Selection::note_escape(const Piece &from, const Reference &reference)
{
	const Placement &placed = placements_.at(&reference);
	// The reader of a loader's entry gives the entry back with the module.
	if (has_fate(after_->section_name(from), SectionFate::companion))
		return;
	auto has_identity = [](const Piece &piece) {
		return !piece.name.empty() && !is_special_static(piece.name) &&
		       piece.kind != Piece::Kind::code && piece.kind != Piece::Kind::cold;
	};
	if (placed.kind == Placement::Kind::content &&
	    reference.target.kind == Target::Kind::string && !from.is_code() && has_identity(from))
		return refuse(refusal::not_removable, from.name,
			      "'" + from.name + "' has the addresses of strings");
	if (!reference.pointer || placed.kind != Placement::Kind::included)
		return;
	const Piece &piece = placed.object->piece(placed.piece);
	if (has_identity(piece) && &piece != &from)
		refuse(refusal::not_removable, piece.name,
		       "the address of '" + piece.name + "' is taken in '" + from.name + "'");
}

void Selection::note_left_behind()
{
	for (const auto *changes : {&difference_->functions(), &difference_->variables()}) {
		for (const Change &change : *changes) {
			if (change.before != no_piece || included_set_.contains(change.after))
				continue;
			const Piece &piece = after_->piece(change.after);
			if (is_declaration(after_->section_name(piece)))
				continue;
			refuse(refusal::not_carried, piece.name, "'" + piece.name + "' is new");
		}
	}
}

// The kernel looks for tasks in a replacement from its symbol to the next one. Only replaced
// functions have symbols in the finished patch, so a replacement also covers the code behind it:
// its cold part, and behind the last replacement all new code.
void Selection::order()
{
	auto rank = [&](PieceId id) {
		const Piece &piece = after_->piece(id);
		if (replaced_pieces_.contains(id) ||
		    (piece.parent != no_piece && replaced_pieces_.contains(piece.parent)))
			return 0;
		return piece.kind == Piece::Kind::function || piece.kind == Piece::Kind::cold ? 1
											      : 2;
	};
	std::ranges::stable_sort(included_, {}, rank);
	// A cold part directly behind its parent.
	std::vector<PieceId> ordered;
	for (PieceId id : included_) {
		if (after_->piece(id).parent != no_piece)
			continue;
		ordered.push_back(id);
		if (after_->piece(id).cold != no_piece)
			ordered.push_back(after_->piece(id).cold);
	}
	included_ = std::move(ordered);
}

const Placement &Selection::placement(const Reference &reference) const
{
	return placements_.at(&reference);
}

}
