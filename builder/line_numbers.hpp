// SPDX-License-Identifier: LGPL-2.1-or-later
// A fix that adds a line moves all that follow, and with them every __LINE__ below. So where
// it changes the number of lines, a #line directive behind sets the count to what it was:
// what the compiler makes of unchanged code is then the same.
#pragma once

#include "hunk_places.hpp"

namespace klp {

// The source's text, with a #line directive behind each stretch that shifts what follows.
// None is put into a comment, or behind a line that goes on in the next.
std::string with_line_numbers(const std::vector<SourceLine> &source);

}
