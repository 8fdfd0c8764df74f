// SPDX-License-Identifier: LGPL-2.1-or-later
// The paths that a diff has, which are somebody else's words.
#pragma once

#include <klp/error.hpp>
#include <string_view>

namespace klp {

// Words of a diff for a message: in quotes, and not more than fits into a line.
std::string in_quotes(std::string_view text);

// Says what speaks against a path of a file of the tree: "has '..' in it"; "" for nothing.
std::string fault_of_path(std::string_view path);

// The part of its paths that a diff is read without: -p1 and -p0 of patch(1).
enum class LeftOut { first_folder, nothing };

// A path as a diff writes it, without what is left out; one without folders as it is. ""
// for /dev/null. EBADMSG for one that is no path in the tree, without its place.
Result<std::string> path_in_tree(std::string_view written,
				 LeftOut left_out = LeftOut::first_folder);

// Whether klp or Kbuild runs it, or makes it: that is no source of a fix.
bool is_of_the_build(std::string_view path);

// Whether it is C: a source or a header.
bool is_c(std::string_view path);

}
