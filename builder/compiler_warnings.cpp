// SPDX-License-Identifier: LGPL-2.1-or-later
#include "compiler_warnings.hpp"

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <utility>

namespace klp {

namespace {

struct Said {
	std::string file, line, text;
};

std::vector<Said> warnings_in(const std::string &said)
{
	static const std::regex warning("([^:]+):([0-9]+):(?:[0-9]+:)? warning: (.*)");
	std::vector<Said> found;
	std::istringstream lines(said);
	std::string line;
	std::smatch match;
	while (std::getline(lines, line)) {
		if (std::regex_match(line, match, warning))
			found.push_back(
				{std::filesystem::path(match[1].str()).lexically_normal().string(),
				 match[2], match[3]});
	}
	return found;
}

}

std::vector<CompilerWarning> new_warnings(const std::string &said_before,
					  const std::string &said_after)
{
	std::multiset<std::pair<std::string, std::string>> old;
	for (Said &said : warnings_in(said_before))
		old.emplace(said.file, said.text);
	std::vector<CompilerWarning> found;
	for (Said &said : warnings_in(said_after)) {
		auto known = old.find({said.file, said.text});
		if (known != old.end())
			old.erase(known);
		else
			found.push_back({said.file + ":" + said.line, said.text});
	}
	return found;
}

}
