// SPDX-License-Identifier: LGPL-2.1-or-later
// Pairs the pieces of two objects, which are compiled from the source before and after a change.
//
// A name identifies a piece, unless the compiler numbered the name: `count.12` may have been
// `count.9`, and foo.isra.0 and foo.isra.1 may have changed places. Correlation pairs such pieces
// by their users and their content, never by the number. An unclear piece stays unpaired. For code
// that is safe (the piece counts as new, and its callers as changed); klp-build refuses an unpaired
// variable.
//
// Some static variables have no identity at all: __func__, the flag of a WARN_ONCE, a
// ratelimit state, a pr_debug descriptor, a message to netlink. The compiler makes as many as it
// needs; a patch brings its own.
//
// A table of plain values with other content is a new table, if only functions use the table: a
// patch brings the new table, with all of these functions.
#pragma once

#include "object.hpp"

#include <set>

namespace klp {

// Whether a patch brings its own copy of the variable or constant.
bool is_special_static(std::string_view name);

class Correlation {
public:
	Correlation(const Object &before, const Object &after);

	// no_piece where there is none.
	PieceId after_of(PieceId before) const { return after_of_[before]; }
	PieceId before_of(PieceId after) const { return before_of_[after]; }
	// Variables of after that may match one of several variables of before, or none.
	const std::vector<PieceId> &ambiguous() const { return ambiguous_; }
	// Tables of after whose values differ from all tables of before that may match.
	struct Renewed {
		std::vector<PieceId> before;
		PieceId after;
	};
	const std::vector<Renewed> &renewed() const { return renewed_; }

	// Whether two references mean the same: paired pieces, equal text, equal constants.
	bool same(const Target &before, const Target &after) const;
	// Whether two pieces have the same content: bytes and references.
	bool same_content(PieceId before, PieceId after) const;

private:
	struct Group {
		std::vector<PieceId> before, after;
	};
	void pair(PieceId before, PieceId after);
	void pair_type_ids();
	void pair_names();
	void pair_numbered();
	void pair_group(Group *group, bool code);
	void pair_cold_parts();
	void part_tables();
	bool is_own_table(const Object &object, PieceId id) const;
	template <class Key> void pair_unique(Group *group, Key key);
	std::string fingerprint(const Object &object, PieceId id) const;
	const std::vector<PieceId> &users_of(const Object &object, PieceId id) const;
	std::string users(const Object &object, PieceId id) const;
	std::string uses(const Object &object, PieceId id) const;

	const Object &before_;
	const Object &after_;
	std::vector<PieceId> after_of_, before_of_;
	std::vector<PieceId> ambiguous_;
	std::vector<Renewed> renewed_;
	// The functions that refer to each piece.
	std::vector<std::vector<PieceId>> users_before_, users_after_;
	// The pairs that same() is comparing: a list's head may point to itself.
	mutable std::set<std::pair<PieceId, PieceId>> comparing_;
};

}
