// SPDX-License-Identifier: LGPL-2.1-or-later
#include "likely_files.hpp"
#include "diff_path.hpp"
#include "hunk_places.hpp"
#include "source_file.hpp"

#include <algorithm>
#include <filesystem>

namespace klp {

namespace fs = std::filesystem;

// Files of the tree whose paths end like this one.
static std::vector<std::string> files_that_end(const std::string &tree, const std::string &path)
{
	std::vector<std::string> found;
	std::error_code error;
	fs::recursive_directory_iterator entries(
		tree, fs::directory_options::skip_permission_denied, error),
		end;
	for (; !error && entries != end; entries.increment(error)) {
		std::string file = entries->path().string().substr(tree.size() + 1);
		bool same = file == path || file.ends_with("/" + path);
		if (same && entries->symlink_status(error).type() == fs::file_type::regular)
			found.push_back(file);
	}
	std::ranges::sort(found);
	return found;
}

static bool fits(const std::string &tree, const FileDiff &diff, const std::string &file)
{
	Result<std::optional<std::string>> text = read_below(tree, file);
	return text && *text && place_hunks("", diff, lines_of_source(**text));
}

static std::vector<std::string> likely_files(const std::string &tree, const FileDiff &diff)
{
	std::string path = fault_of_path(diff.written).empty() ? diff.written : diff.path();
	std::vector<std::string> files = files_that_end(tree, path);
	// The path may have other folders.
	if (files.empty())
		files = files_that_end(tree, path.substr(path.rfind('/') + 1));
	std::vector<std::string> fitting;
	std::ranges::copy_if(files, std::back_inserter(fitting),
			     [&](const std::string &file) { return fits(tree, diff, file); });
	return fitting.empty() ? files : fitting;
}

std::string words_for_likely_files(const std::string &tree, const FileDiff &diff)
{
	static constexpr size_t enough = 3;
	std::string text = diff.is_bare() ? in_quotes(diff.written) + " has no folders in front"
					  : in_quotes(diff.path()) + ", which is left of " +
						    in_quotes(diff.written) +
						    ", is no file of this kernel's source";
	std::vector<std::string> files = likely_files(tree, diff);
	for (size_t i = 0; i < std::min(files.size(), enough); i++)
		text += (i == 0 ? "; it could be " : " or ") + files[i];
	if (files.size() > enough)
		text += " or " + std::to_string(files.size() - enough) + " others";
	std::string example = files.empty() ? "DIR/FILE.c" : files[0];
	return text + "; make the diff with 'git diff', or with 'diff -u a/" + example + " b/" +
	       example + "'";
}

}
