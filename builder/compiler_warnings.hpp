// SPDX-License-Identifier: LGPL-2.1-or-later
// What gcc warns of when it compiles a unit with a fix, and did not without it. A fix that
// lacks a part may compile: a function that has got another parameter is then called with
// what was meant for the old one.
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
