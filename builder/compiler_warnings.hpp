// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the warnings that gcc prints for a unit with a fix, and not without the fix. An incomplete
// fix may compile: code then calls a function that has another parameter with the arguments for the
// old one.
#pragma once

#include <string>
#include <vector>

namespace klp {

struct CompilerWarning {
	std::string place; // "fs/ext4/mballoc.c:1549"
	std::string text; // with the option's name: "unused variable 'i' [-Wunused-variable]"
};

// The same text about the same file is the same warning, on whichever line.
std::vector<CompilerWarning> new_warnings(const std::string &said_before,
					  const std::string &said_after);

}
