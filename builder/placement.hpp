// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the references of the included pieces of a unit go.
//
// An existing piece stays in place: a call goes to the running kernel's function, a variable is the
// running kernel's. A call from one replaced function to another goes straight to the replacement.
// A pointer to a replaced function stays a pointer to the original, which ftrace redirects, so that
// the pointer is still valid after the patch is removed.
#pragma once

#include "refusal.hpp"
#include "symbols.hpp"
#include "unit_of_fix.hpp"

#include <set>

namespace klp {

// The place of a reference's target.
struct Placement {
	enum class Kind {
		included, // a piece that the patch has
		content, // a string or constant, of which the patch has a copy
		external, // something that the kernel has
		unresolved, // a weak symbol without a definition
		number,
	};
	Kind kind;
	PieceId piece = no_piece;
	const Object *object = nullptr; // whose piece it is: this unit's, or another's
	External external = {};
};

// The module whose symbol a reference is resolved to; "" if it is no module's symbol.
std::string module_of(const Placement &placed);

// Places references of one unit. The refusals say what has no place.
class Placer {
public:
	Placer(const UnitOfFix &unit, KernelSymbols &symbols, Refusals &refusals)
	    : unit_(unit), symbols_(symbols), refusals_(refusals)
	{
	}
	// Makes a piece of the object after the fix a replacement.
	void add_replacement(PieceId id) { replacements_.insert(id); }
	bool is_replacement(PieceId id) const { return replacements_.contains(id); }

	Placement place(const Piece &from, const Reference &reference);
	// An undefined symbol that no unit of the patch adds.
	Placement place_undefined(const Piece &from, const Target &target);
	// Refuses a new entry of a table that only linking, booting or loading sets up.
	bool refuse_new_entry(const Piece &from, const Object &object, const Piece &piece);
	void check_list_end(const Piece &from, const Reference &reference);

private:
	Placement place_piece(const Piece &from, const Reference &reference);
	Placement place_original(const Piece &from, PieceId before);
	// A symbol that the kernel has; refuses one that was not found.
	Placement place_external(const Piece &from, Result<External> external);

	const UnitOfFix unit_;
	KernelSymbols &symbols_;
	Refusals &refusals_;
	std::set<PieceId> replacements_;
};

}
