// SPDX-License-Identifier: LGPL-2.1-or-later
#include "placement.hpp"
#include "patchability.hpp"
#include "type_ids.hpp"

namespace klp {

std::string module_of(const Placement &placed)
{
	bool of_module = placed.kind == Placement::Kind::external &&
			 placed.external.kind == External::Kind::livepatch &&
			 placed.external.object != "vmlinux";
	return of_module ? placed.external.object : "";
}

Placement Placer::place(const Piece &from, const Reference &reference)
{
	switch (reference.target.kind) {
	case Target::Kind::piece:
		return place_piece(from, reference);
	case Target::Kind::string:
	case Target::Kind::literal:
		return {.kind = Placement::Kind::content};
	case Target::Kind::absolute:
		return {.kind = Placement::Kind::number};
	case Target::Kind::undefined:
		return place_undefined(from, reference.target);
	}
	__builtin_unreachable();
}

Placement Placer::place_undefined(const Piece &from, const Target &target)
{
	auto proved = unit_.proof->undefined.find(target.name);
	Result<External> external =
		symbols_.undefined(*unit_.image, std::string(target.name),
				   proved == unit_.proof->undefined.end() ? 0 : proved->second);
	if (!external && target.weak)
		return {.kind = Placement::Kind::unresolved};
	return place_external(from, std::move(external));
}

Placement Placer::place_external(const Piece &from, Result<External> external)
{
	Placement placement = {.kind = Placement::Kind::external};
	if (external)
		placement.external = std::move(*external);
	else
		refusals_.add(refusal::address_unknown, from.name, external.error().message);
	return placement;
}

Placement Placer::place_original(const Piece &from, PieceId before)
{
	const Piece &piece = unit_.before->piece(before);
	uint64_t address = unit_.proof->addresses[before];
	Result<External> external = address != 0 ? symbols_.at(*unit_.image, piece.name, address)
						 : symbols_.undefined(*unit_.image, piece.name, 0);
	return place_external(from, std::move(external));
}

Placement Placer::place_piece(const Piece &from, const Reference &reference)
{
	PieceId id = reference.target.piece;
	const Piece &piece = unit_.after->piece(id);
	PieceId original = unit_.difference->correlation().before_of(id);
	// A reference from a function to itself and its own parts.
	bool own = &piece == &from ||
		   (piece.cold != no_piece && &unit_.after->piece(piece.cold) == &from);
	bool inside = piece.is_code() && reference.target.offset != 0;
	bool replaced = is_replacement(id) || unit_.difference->is_copied(id);
	bool code_goes_along = piece.kind == Piece::Kind::code || piece.kind == Piece::Kind::cold;
	Placement included = {
		.kind = Placement::Kind::included, .piece = id, .object = unit_.after};
	if (own || code_goes_along || (replaced && (reference.branch || inside)))
		return included;
	if (original != no_piece && !is_special_static(piece.name))
		return place_original(from, original);
	// A table's entry is about its own function, new or not.
	refuse_new_entry(from, *unit_.after, piece);
	return included;
}

bool Placer::refuse_new_entry(const Piece &from, const Object &object, const Piece &piece)
{
	std::string section(object.section_name(piece));
	bool refused = is_kernel_table(section) || is_registration(section) ||
		       (unit_.image->is_module() && is_type_list(object, piece));
	if (refused)
		refusals_.add(refusal::new_key, from.name,
			      "'" + piece.name + "' is new in " + section + ", used by '" +
				      from.name + "'");
	return refused;
}

// For lists of types the assembler leaves only the section and a distance: at the end of one list
// and the begin of the next, either list may be meant. This does not matter if both lists stay in
// place.
void Placer::check_list_end(const Piece &from, const Reference &reference)
{
	const Object &after = *unit_.after;
	const Correlation &correlation = unit_.difference->correlation();
	const Target &target = reference.target;
	if (target.kind != Target::Kind::piece || target.offset != 0 ||
	    !is_type_list(after, after.piece(target.piece)))
		return;
	const Piece &next = after.piece(target.piece);
	auto ends_there = [](const Piece &list, const Piece &next) {
		return list.section == next.section && list.start + list.size == next.start;
	};
	for (const Reference &other : from.references) {
		if (other.target.kind != Target::Kind::piece ||
		    !ends_there(after.piece(other.target.piece), next))
			continue;
		PieceId old = correlation.before_of(other.target.piece),
			old_next = correlation.before_of(target.piece);
		if (old == no_piece || old_next == no_piece ||
		    !ends_there(unit_.before->piece(old), unit_.before->piece(old_next)))
			refusals_.add(refusal::address_unknown, from.name,
				      "'" + from.name + "' refers to the end of '" +
					      after.piece(other.target.piece).name + "', or to '" +
					      next.name +
					      "': klp-build cannot tell which is meant");
	}
}

}
