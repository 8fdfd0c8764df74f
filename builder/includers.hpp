// SPDX-License-Identifier: LGPL-2.1-or-later
// Which translation units a header reaches. A tree that was only prepared has no lists of
// dependencies, so every #include of the tree is read, and followed back from the header.
// Whether the configuration has an #include compiled is not looked at: a unit too many is
// compiled and found unchanged, one too few would leave old code active.
#pragma once

#include <klp/error.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace klp {

class Includers {
public:
	// Reads all of a tree, which takes some seconds, and keeps what it finds in a file for
	// the next time: the tree stays as it is.
	static Result<Includers> read(const std::string &tree, const std::string &cache);
	// From lines "FILE:#include <NAME>", as grep prints them; tree: where the files are.
	static Includers parse(const std::string &lines, const std::string &tree);

	// The files, relative and sorted, that include one of the headers, however far, and
	// the headers themselves.
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
