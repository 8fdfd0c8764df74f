// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the files that a change of a header affects, by names. A file compiles to the same code if
// it names no changed item, and no macro, inline function or type that names one.
#pragma once

#include "header_items.hpp"

#include <optional>
#include <set>

namespace klp {

// The names by which other items refer to an item; all names in the item if these are unknown.
std::set<std::string> names_of(const HeaderItem &item);

// The names whose meaning a change of a header changes.
struct ChangedNames {
	std::set<std::string> names;
	std::set<std::string> types; // "sock" of a struct whose members change
};
// Returns nothing if a change may affect every file that includes the header.
std::optional<ChangedNames> names_changed(const std::string &before, const std::string &after);

// Macros make names with ##: code that passes "limit" to a macro with set_##x in it may mean
// set_limit.
class Pastes {
public:
	void add(const std::string &text);
	// The arguments from which a macro may make one of the names.
	std::set<std::string> arguments_for(const std::set<std::string> &names) const;

private:
	std::set<std::string> prefixes_, suffixes_;
};

// Whether a text has one of these words in its code.
bool mentions(const std::string &text, const std::set<std::string> &names);

// Whether a name occurs only once in all of these texts, in its definition, and no macro in the
// texts can make the name.
bool is_only_defined(const std::string &name, const std::vector<std::string> &texts);

// The names of all items of a header that mention one of these names, if the items pass their
// content on to their users.
std::set<std::string> dependent_names(const std::string &text, const std::set<std::string> &names);

}
