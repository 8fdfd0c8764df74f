// SPDX-License-Identifier: LGPL-2.1-or-later
#include "escapes.hpp"
#include "sections.hpp"

namespace klp {

static bool has_identity(const Piece &piece)
{
	return !piece.name.empty() && !is_special_static(piece.name) &&
	       piece.kind != Piece::Kind::code && piece.kind != Piece::Kind::cold;
}

std::optional<Refusal> escape(const Object &object, const Piece &from, const Reference &reference,
			      const Placement &placed)
{
	// The reader of a loader's entry gives the entry back with the module.
	if (has_fate(object.section_name(from), SectionFate::companion))
		return std::nullopt;
	if (placed.kind == Placement::Kind::content &&
	    reference.target.kind == Target::Kind::string && !from.is_code() && has_identity(from))
		return Refusal{&refusal::not_removable, from.name, "",
			       "'" + from.name + "' has the addresses of strings"};
	if (!reference.pointer || placed.kind != Placement::Kind::included)
		return std::nullopt;
	const Piece &piece = placed.object->piece(placed.piece);
	if (!has_identity(piece) || &piece == &from)
		return std::nullopt;
	return Refusal{&refusal::not_removable, piece.name, "",
		       "the address of '" + piece.name + "' is taken in '" + from.name + "'"};
}

}
