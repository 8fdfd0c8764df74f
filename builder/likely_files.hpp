// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "diff.hpp"

#include <string>

namespace klp {

// For a diff whose path names no file of the tree: says which file the diff could mean, and how to
// make a diff that names the file. Finds the file by the end of the path, and by the places where
// the hunks fit.
std::string words_for_likely_files(const std::string &tree, const FileDiff &diff);

}
