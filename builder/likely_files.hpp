// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "diff.hpp"

#include <string>

namespace klp {

// The path of the diff names no file of the tree. Says which file it could be, and how to make a
// diff that names it. Finds the file by the end of the path, and by where the hunks fit.
std::string words_for_likely_files(const std::string &tree, const FileDiff &diff);

}
