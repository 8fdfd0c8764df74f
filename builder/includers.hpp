// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the translation units that include a header. A tree that is only prepared has no lists of
// dependencies, so klp-build reads every #include of the tree, and follows the #includes back from
// the header. klp-build ignores whether the configuration compiles an #include: a unit too many is
// compiled and found unchanged, a missing unit would leave old code active.
#pragma once

#include <klp/error.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace klp {

class Includers {
public:
	// Reads the complete tree, which takes some seconds, and stores the result in a file for
	// the next call: the tree does not change.
	static Result<Includers> read(const std::string &tree, const std::string &cache);
	// From lines "FILE:#include <NAME>", as grep prints them; tree: where the files are.
	static Includers parse(const std::string &lines, const std::string &tree);

	// The files, relative and sorted, that include one of the headers, directly or not, and the
	// headers themselves.
	std::set<std::string> of(const std::vector<std::string> &headers) const;

private:
	struct Include {
		std::string file, name;
		bool quoted;
	};
	bool may_mean(const Include &include, const std::string &header) const;

	std::string tree_;
	// By the last part of the name.
	std::map<std::string, std::vector<Include>> includes_;
};

}
