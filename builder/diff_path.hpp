// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the paths in a diff. The author of the diff is not trusted.
#pragma once

#include <klp/error.hpp>
#include <string_view>

namespace klp {

// Quotes text of a diff for a message, and shortens it to a line.
std::string in_quotes(std::string_view text);

// Says why a path cannot name a file of the tree: "has '..' in it"; "" for a valid path.
std::string fault_of_path(std::string_view path);

// The part of each path that the reader leaves out: -p1 and -p0 of patch(1).
enum class LeftOut { first_folder, nothing };

// Returns a path of a diff without the left-out folder; a path without folders stays as it is. ""
// for /dev/null. Returns EBADMSG, without the line, if the text is no path in the tree.
Result<std::string> path_in_tree(std::string_view written,
				 LeftOut left_out = LeftOut::first_folder);

// Whether klp or Kbuild runs or makes the file: a fix must not change such a file.
bool is_of_the_build(std::string_view path);

// Whether the file is C: a source or a header.
bool is_c(std::string_view path);

}
