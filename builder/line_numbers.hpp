// SPDX-License-Identifier: LGPL-2.1-or-later
// A fix that adds a line moves all lines below, and changes every __LINE__ in them. So klp-build
// adds a #line directive behind each change of the number of lines, which restores the old count.
// The compiler then generates the same code for unchanged lines.
#pragma once

#include "hunk_places.hpp"

namespace klp {

// Returns the source's text, with a #line directive behind each stretch that shifts the lines
// below. No directive is in a comment, or behind a line that continues in the next.
std::string with_line_numbers(const std::vector<SourceLine> &source);

}
