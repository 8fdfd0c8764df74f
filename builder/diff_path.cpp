// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diff_path.hpp"
#include "../libklp/fail.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace klp {

std::string in_quotes(std::string_view text)
{
	static constexpr size_t enough = 70;
	while (text.ends_with('\n'))
		text.remove_suffix(1);
	if (text.size() <= enough)
		return "'" + std::string(text) + "'";
	return "'" + std::string(text.substr(0, enough)) + "...'";
}

static std::string fault_of_letter(char letter)
{
	if (letter == '"' || letter == '\'' || letter == '\\')
		return std::string("has a ") + letter + " in it";
	if (letter == ' ')
		return "has a space in it";
	auto byte = static_cast<unsigned char>(letter);
	return byte < ' ' || byte >= 0x7f ? "has the byte " + std::to_string(byte) + " in it" : "";
}

std::string fault_of_path(std::string_view path)
{
	static constexpr size_t longest = 1024;
	if (path.empty())
		return "is empty";
	if (path.size() > longest)
		return "is longer than " + std::to_string(longest) + " letters";
	for (char letter : path) {
		if (std::string fault = fault_of_letter(letter); !fault.empty())
			return fault;
	}
	if (path.starts_with('/'))
		return "is absolute";
	for (size_t at = 0; at <= path.size();) {
		size_t end = std::min(path.find('/', at), path.size());
		std::string_view part = path.substr(at, end - at);
		if (part.empty())
			return "has an empty part";
		if (part == "." || part == "..")
			return "has '" + std::string(part) + "' in it";
		at = end + 1;
	}
	return "";
}

Result<std::string> path_in_tree(std::string_view written, LeftOut left_out)
{
	if (written == "/dev/null")
		return "";
	std::string_view path = written;
	size_t slash = path.find('/');
	std::string fault;
	if (path.starts_with('/'))
		fault = "is absolute";
	else if (path.starts_with("../"))
		fault = "has '..' in it";
	else if (slash != std::string_view::npos && left_out == LeftOut::first_folder)
		path.remove_prefix(slash + 1);
	if (fault.empty())
		fault = fault_of_path(path);
	if (!fault.empty())
		return fail(EBADMSG, "the path %s %s; a fix changes files of the tree, as a/FILE",
			    in_quotes(written).c_str(), fault.c_str());
	return std::string(path);
}

static bool is_below(std::string_view path, std::string_view folder)
{
	return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
}

bool is_of_the_build(std::string_view path)
{
	static constexpr std::array files = {"Module.symvers", "vmlinux.symvers", "System.map"};
	static constexpr std::array kept = {".gitignore", ".gitattributes", ".mailmap",
					    ".clang-format", ".editorconfig"};
	if (is_below(path, "scripts") ||
	    (is_below(path, "tools") && !is_below(path, "tools/testing")))
		return true;
	if (path.find("include/generated/") != std::string_view::npos ||
	    is_below(path, "include/config") || std::ranges::count(files, path) != 0)
		return true;
	// .config, and files that Kbuild keeps beside the files that it makes.
	size_t slash = path.rfind('/');
	std::string_view name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
	bool hidden = path.starts_with('.') || path.find("/.") != std::string_view::npos;
	bool in_hidden = hidden && !name.starts_with('.');
	return in_hidden || (hidden && std::ranges::count(kept, name) == 0);
}

bool is_c(std::string_view path)
{
	return path.ends_with(".c") || path.ends_with(".h");
}

}
