// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads single lines of a diff. A string result names the fault of the line, "" for none.
#pragma once

#include "diff.hpp"

namespace klp {

// "--- a/fs/x.c" or "+++ b/fs/x.c".
struct NameLine {
	std::string path;
	bool is_epoch; // 1970: the file isn't there
};
NameLine name_line(std::string_view line);

// "@@ -10,2 +10,3 @@ int f(void)"
std::string read_numbers(std::string_view line, Hunk *hunk);

// Says that a line belongs to a diff in another format than the unified one; "" if it does not.
std::string fault_of_text(std::string_view line);

// Holds the lines that git writes about a file besides its name.
struct GitHeader {
	std::string before, after; // as "diff --git" has them
	FileDiff::Kind kind = FileDiff::Kind::modified;
	std::string rename_from, rename_to;

	std::string take(std::string_view line);
	std::string fault() const;

private:
	std::string take_kind(FileDiff::Kind that);
};

}
