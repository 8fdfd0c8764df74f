// SPDX-License-Identifier: LGPL-2.1-or-later
// Objects that the machine's compiler makes while a test runs.
#pragma once

#include "test_root.hpp"

#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

namespace klp::test {

// Runs a command that must succeed; its messages are shown.
inline void run(const std::string &command)
{
	if (std::system(command.c_str()) != 0)
		throw std::runtime_error("failed: " + command);
}

// The output of a command for a source; the command gets the paths of both at its end. Many tests
// have sources in common, and a compiler takes its time: nothing is made twice.
inline const std::string &made_by(const std::string &command, const std::string &source)
{
	static std::map<std::pair<std::string, std::string>, std::string> made;
	std::string &file = made[{command, source}];
	if (file.empty()) {
		Root root;
		root.write("/unit", source);
		run(command + " -o " + root.path() + "/unit.o " + root.path() + "/unit");
		file = text_of(root.path() + "/unit.o");
	}
	return file;
}

}
