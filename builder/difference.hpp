// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the changes in a unit's object after a change of the source: function by function, variable
// by variable, each with the reason.
//
// The bytes of the affected functions show each effect that a change has in the compiler (it
// inlines, splits, propagates a constant). Functions with equal bytes are unchanged. So the
// unchanged functions that run, together with new copies of all that differ, behave as the complete
// unit compiled with the change.
#pragma once

#include "correlation.hpp"

#include <set>

namespace klp {

struct Change {
	PieceId before; // no_piece: it is new
	PieceId after; // no_piece: it is gone
	std::string why; // "calls 'b' instead of 'a' at +0x1c"
};

class Difference {
public:
	Difference(const Object &before, const Object &after);

	const Correlation &correlation() const { return correlation_; }
	// Changed, then new, then removed functions; cold parts go with their functions.
	const std::vector<Change> &functions() const { return functions_; }
	const std::vector<Change> &variables() const { return variables_; }
	// Whether a patch brings a copy of this changed function for its callers, since ftrace
	// cannot redirect it. All callers are in this unit, and count as changed. after: its id in
	// the object after the change.
	bool is_copied(PieceId after) const { return copied_.contains(after); }
	const std::set<PieceId> &copied() const { return copied_; }
	// Counts a function as copied that other units know by its name. Callers may be in other
	// units, too: only the image shows all callers.
	void copy(PieceId after) { copied_.insert(after); }
	// Counts a function as changed, by its id in the object before the change.
	void bring_in(PieceId before, const std::string &why);
	bool empty() const { return functions_.empty() && variables_.empty(); }

private:
	void compare();
	void bring_in_callers();
	void add_changed(PieceId before, const std::string &why);
	void find_new();
	std::string compare_code(PieceId before, PieceId after) const;
	std::string compare_references(const Piece &before, const Piece &after) const;
	std::string compare_tables(const Piece &before, const Piece &after) const;
	std::string compare_data(PieceId before, PieceId after) const;

	const Object &before_;
	const Object &after_;
	Correlation correlation_;
	std::vector<Change> functions_;
	std::vector<Change> variables_;
	std::set<PieceId> copied_;
};

// Whether ftrace has a site at a function's entry.
bool has_ftrace_site(const Piece &piece);

// A reference's target for people: "'printk'", "the string \"...\"".
std::string name_of(const Object &object, const Target &target);

}
