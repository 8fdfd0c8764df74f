// SPDX-License-Identifier: LGPL-2.1-or-later
#include "includers.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"
#include "jobs.hpp"

#include <filesystem>
#include <sstream>

namespace klp {

static std::string last_part(const std::string &path)
{
	return path.substr(path.rfind('/') + 1);
}

// Whether an #include can mean the header. A quoted #include means the file beside its own file, if
// there is one, else a file below any of the searched folders.
bool Includers::may_mean(const Include &include, const std::string &header) const
{
	std::filesystem::path beside =
		std::filesystem::path(include.file).parent_path() / include.name;
	std::string there = beside.lexically_normal();
	if (there == header)
		return true;
	if (include.quoted && !tree_.empty() && std::filesystem::exists(tree_ + "/" + there))
		return false;
	std::string normal = std::filesystem::path(include.name).lexically_normal();
	return header == normal || header.ends_with("/" + normal) || normal.starts_with("..");
}

Includers Includers::parse(const std::string &lines, const std::string &tree)
{
	Includers includers;
	includers.tree_ = tree;
	std::istringstream stream(lines);
	std::string line;
	while (std::getline(stream, line)) {
		size_t colon = line.find(':');
		size_t open = line.find_first_of("<\"", colon);
		size_t close = line.find_first_of(">\"", open + 1);
		if (colon == std::string::npos || open == std::string::npos ||
		    close == std::string::npos)
			continue;
		std::string file = std::filesystem::path(line.substr(0, colon)).lexically_normal();
		std::string name = line.substr(open + 1, close - open - 1);
		includers.includes_[last_part(name)].push_back({file, name, line[open] == '"'});
	}
	return includers;
}

Result<Includers> Includers::read(const std::string &tree, const std::string &cache)
{
	if (!exists(cache)) {
		std::string part = shell_word(cache) + ".$$";
		TRY(output_of(
			{.command =
				 "grep -rIE --include='*.[chS]' --exclude-dir=tools --exclude-dir=scripts "
				 "--exclude-dir=samples '^[[:space:]]*#[[:space:]]*include[[:space:]]' . >" +
				 part + " && mv " + part + " " + shell_word(cache),
			 .folder = tree,
			 .what = "read the includes of '" + tree + "'",
			 .outside = true}));
	}
	std::string lines = TRY(read_text(cache));
	return parse(lines, tree);
}

std::set<std::string> Includers::of(const std::vector<std::string> &headers) const
{
	std::set<std::string> reached(headers.begin(), headers.end());
	std::vector<std::string> left = headers;
	while (!left.empty()) {
		std::string header = left.back();
		left.pop_back();
		auto candidates = includes_.find(last_part(header));
		if (candidates == includes_.end())
			continue;
		for (const Include &include : candidates->second) {
			if (may_mean(include, header) && reached.insert(include.file).second)
				left.push_back(include.file);
		}
	}
	return reached;
}

}
