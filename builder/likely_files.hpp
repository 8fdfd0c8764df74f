// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "diff.hpp"

#include <string>

namespace klp {

// Of a diff whose path names no file of the tree: which it could be, and how to make a diff
// that says it. By the end of the path, and by where the hunks fit.
std::string words_for_likely_files(const std::string &tree, const FileDiff &diff);

}
