// SPDX-License-Identifier: LGPL-2.1-or-later
// What a change of the source changed in a unit's object: function by function, variable
// by variable, each with the reason.
//
// Whatever the compiler did with a change (inlined it, split it, propagated a constant)
// shows in the bytes of the functions concerned, and those that came out the same are the
// same. So the unchanged functions that run, together with new copies of all that
// differ, behave as the whole unit compiled anew.
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
	// Changed, then new, then gone; cold parts go with their functions.
	const std::vector<Change> &functions() const { return functions_; }
	const std::vector<Change> &variables() const { return variables_; }
	// A changed function that ftrace cannot redirect, of which a patch can bring a copy for
	// its callers to call: all of them are in this unit, and count as changed. By its id in
	// the object after the change.
	bool is_copied(PieceId after) const { return copied_.contains(after); }
	const std::set<PieceId> &copied() const { return copied_; }
	// Counts a function as copied that other units know by its name. Its callers may be in
	// other units, too: the image tells all of them, and the object does not.
	void copy(PieceId after) { copied_.insert(after); }
	// Counts as changed, by its id in the object before.
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
