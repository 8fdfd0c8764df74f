// SPDX-License-Identifier: LGPL-2.1-or-later
// Whom a change of a header concerns: by names, since whoever names nothing that changed, and
// no macro, inline function or type that does, compiles to what it did.
#pragma once

#include "header_items.hpp"

#include <optional>
#include <set>

namespace klp {

// What others call an item by; all that it names where this cannot be told.
std::set<std::string> names_of(const HeaderItem &item);

// What a change of a header gives another meaning.
struct ChangedNames {
	std::set<std::string> names;
	std::set<std::string> types; // "sock" of a struct whose members change
};
// Nothing where a change may concern whoever includes the header.
std::optional<ChangedNames> names_changed(const std::string &before, const std::string &after);

// Macros make names with ##: whoever gives "limit" to one that has set_##x in it may mean
// set_limit.
class Pastes {
public:
	void add(const std::string &text);
	// What the arguments may be that make one of the names.
	std::set<std::string> arguments_for(const std::set<std::string> &names) const;

private:
	std::set<std::string> prefixes_, suffixes_;
};

// Whether a text has one of these words in its code.
bool mentions(const std::string &text, const std::set<std::string> &names);

// Whether a name occurs once in all of these texts, where it is defined, and no macro of
// theirs can make it either.
bool is_only_defined(const std::string &name, const std::vector<std::string> &texts);

// The names of all items of a header that mention one of these, if they hand on what they
// are made of.
std::set<std::string> dependent_names(const std::string &text, const std::set<std::string> &names);

}
