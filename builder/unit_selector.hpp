// SPDX-License-Identifier: LGPL-2.1-or-later
// Selects what the patch includes of one unit: the pieces that the changed functions and the
// declarations need, and what these need in turn. select() (selection.hpp) makes one for each unit,
// lets all take from each other, and finishes them.
#pragma once

#include "companions.hpp"
#include "placement.hpp"
#include "selection.hpp"

#include <deque>

namespace klp {

class UnitSelector {
public:
	// index: of the unit among those of the patch. added: names that any unit adds.
	UnitSelector(const UnitOfFix &unit, size_t index, KernelSymbols &symbols,
		     const std::set<std::string> &added);
	UnitSelector(const UnitSelector &) = delete;

	// Follows the references from the changed functions and the declarations.
	void begin();

	// across_units.cpp
	bool has_unresolved() const { return !unresolved_.empty(); }
	// May include pieces of other units, which may need names of further units themselves.
	void resolve(std::deque<UnitSelector> &all);

	Selection finish(const std::deque<UnitSelector> &all);

private:
	// A reference to a name that a unit of the patch adds.
	struct Unresolved {
		const Piece *from;
		const Reference *reference;
	};

	bool is_module() const { return unit_.image->is_module(); }
	const std::string &object() const { return unit_.image->name(); }
	void replace_function(const Change &change);
	void replace_functions();
	void take_declarations();
	void include(PieceId id);
	void fill_in(PieceId id);
	void follow(const Piece &piece);
	Placement place(const Piece &from, const Reference &reference);
	void note_escape(const Piece &from, const Reference &reference);
	void note_left_behind();
	void order();

	// table_entries.cpp
	void follow_entry(const Piece &piece, const TableEntry &entry);
	bool is_dropped(const Piece &piece, const TableEntry &entry);
	void check_replacement(const Piece &piece, const TableEntry &entry);
	std::string module_of_key(const Piece &piece, const Reference &reference);

	// across_units.cpp
	PieceId added_global(std::string_view name) const;
	PieceId copy_of(std::string_view name) const;
	PieceId provides(std::string_view name, const UnitSelector &user) const;
	Placement resolved(const Unresolved &unresolved, std::deque<UnitSelector> &all);
	bool is_covered(UnitSelector &provider, const std::deque<UnitSelector> &all) const;
	Placement take_from(const Piece &from, UnitSelector &provider, PieceId id,
			    const std::deque<UnitSelector> &all);
	void check_new(const std::deque<UnitSelector> &all);

	const UnitOfFix unit_;
	const size_t index_;
	KernelSymbols &symbols_;
	const std::set<std::string> &added_;
	const Companions companions_;
	Refusals refusals_;
	Placer placer_;
	Selection selection_;
	std::set<PieceId> included_;
	std::vector<Unresolved> unresolved_;
};

}
