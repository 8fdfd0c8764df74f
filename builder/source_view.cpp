// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source_view.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"
#include "jobs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace klp {

namespace fs = std::filesystem;

static std::vector<std::string> lines_of(const std::string &text)
{
	std::vector<std::string> lines;
	std::istringstream stream(text);
	std::string line;
	while (std::getline(stream, line))
		lines.push_back(line);
	return lines;
}

Result<std::vector<std::string>> files_of_patch(const std::string &text, const std::string &path)
{
	std::set<std::string> files;
	for (const std::string &line : lines_of(text)) {
		if (!line.starts_with("--- ") && !line.starts_with("+++ "))
			continue;
		std::string name = line.substr(4, line.find('\t') - 4);
		while (name.ends_with(' ') || name.ends_with('\r'))
			name.pop_back();
		size_t slash = name.find('/');
		// A line that was removed may begin with "-- ", too; then no path follows.
		if (name == "/dev/null" || slash == std::string::npos ||
		    name.find(' ') != std::string::npos)
			continue;
		std::string file = name.substr(slash + 1);
		fs::path normal = fs::path(file).lexically_normal();
		if (file.empty() || normal.is_absolute() || *normal.begin() == "..")
			return fail(EBADMSG, "%s: '%s' leads out of the tree", path.c_str(),
				    name.c_str());
		files.insert(normal);
	}
	if (files.empty())
		return fail(EBADMSG,
			    "%s: no file is named: not a patch in unified format (diff -u)",
			    path.c_str());
	return std::vector<std::string>(files.begin(), files.end());
}

Result<std::string> text_if_there(const std::string &path)
{
	return fs::exists(path) ? read_text(path) : Result<std::string>("");
}

Result<std::vector<std::string>> files_of_patches(const std::vector<std::string> &patches)
{
	std::set<std::string> files;
	for (const std::string &path : patches) {
		std::string text = TRY(read_text(path));
		std::vector<std::string> named = TRY(files_of_patch(text, path));
		files.insert(named.begin(), named.end());
	}
	return std::vector<std::string>(files.begin(), files.end());
}

static Result<> linked(const std::error_code &error, const fs::path &path)
{
	if (error)
		return fail(error.value(), "cannot make '%s': %s", path.c_str(),
			    error.message().c_str());
	return {};
}

// Links to what a folder of the tree holds.
static Result<> link_folder(const fs::path &from, const fs::path &to)
{
	std::error_code error;
	fs::create_directories(to, error);
	fs::directory_iterator entries(from, error), end;
	for (; !error && entries != end; entries.increment(error)) {
		fs::path link = to / entries->path().filename();
		if (fs::symlink_status(link).type() == fs::file_type::not_found)
			fs::create_symlink(entries->path(), link, error);
	}
	return linked(error, to);
}

// Makes a folder of the view's own of each on the way to a file.
Result<> SourceView::own_folder(const std::string &tree, const std::string &file)
{
	fs::path way;
	for (const fs::path &part : fs::path(file).parent_path()) {
		way /= part;
		std::error_code error;
		if (!fs::is_symlink(fs::path(folder_) / way))
			continue;
		fs::remove(fs::path(folder_) / way, error);
		TRY(linked(error, way));
		TRY(link_folder(fs::path(tree) / way, fs::path(folder_) / way));
	}
	return {};
}

// An #include with "../" goes on from where the folder of its file really is: for all that
// lead to a header of the fix, that has to be in the view.
Result<> SourceView::link(const std::string &tree, const std::set<std::string> &users)
{
	TRY(link_folder(tree, folder_));
	for (const std::string &file : users)
		TRY(own_folder(tree, file));
	for (const std::string &file : files_) {
		TRY(own_folder(tree, file));
		std::error_code error;
		fs::path place = fs::path(folder_) / file;
		fs::create_directories(place.parent_path(), error);
		fs::remove(place, error);
		if (fs::exists(fs::path(tree) / file))
			fs::copy_file(fs::path(tree) / file, place, error);
		TRY(linked(error, place));
	}
	return {};
}

Result<> SourceView::apply(const std::string &tree, const std::vector<std::string> &patches)
{
	for (const std::string &path : patches) {
		// No fuzz: what is not exactly this source is not what was reviewed.
		Job job = {"patch -p1 -f -F0 --no-backup-if-mismatch -r - -i " +
				   shell_word(fs::absolute(path)),
			   folder_, "apply '" + path + "' to '" + tree + "'"};
		Result<std::string> said = output_of(job);
		if (!said)
			return std::unexpected(Error{EBADMSG, said.error().message});
	}
	return {};
}

// Where a line of C ends: inside of a comment, or going on in the next one.
class LineEnds {
public:
	// Takes the next line; true where a directive may follow it.
	bool take(const std::string &line)
	{
		for (size_t i = 0; i < line.size(); i++) {
			if (comment_) {
				if (line.compare(i, 2, "*/") == 0) {
					comment_ = false;
					i++;
				}
			} else if (line[i] == '"' || line[i] == '\'') {
				i = end_of_literal(line, i);
			} else if (line.compare(i, 2, "//") == 0) {
				break;
			} else if (line.compare(i, 2, "/*") == 0) {
				comment_ = true;
				i++;
			}
		}
		return !comment_ && !line.ends_with('\\');
	}

private:
	static size_t end_of_literal(const std::string &line, size_t start)
	{
		for (size_t i = start + 1; i < line.size(); i++) {
			if (line[i] == '\\')
				i++;
			else if (line[i] == line[start])
				return i;
		}
		return line.size();
	}

	bool comment_ = false;
};

std::string with_line_numbers(const std::string &text, const std::vector<Hunk> &hunks)
{
	// Which old line each line of a shifted stretch was; where the next one begins, the
	// count is set anew anyway.
	std::vector<std::string> lines = lines_of(text);
	LineEnds ends;
	std::string result;
	auto hunk = hunks.begin();
	bool pending = false;
	long shift = 0; // old number minus new number
	for (size_t number = 1; number <= lines.size(); number++) {
		// In diff's numbers an empty side stands behind its line.
		while (hunk != hunks.end() &&
		       number == hunk->new_start + (hunk->new_count == 0 ? 1 : hunk->new_count)) {
			size_t old_next =
				hunk->old_start + (hunk->old_count == 0 ? 1 : hunk->old_count);
			shift = static_cast<long>(old_next) - static_cast<long>(number);
			pending |= hunk->old_count != hunk->new_count;
			++hunk;
		}
		bool here = number == 1 || ends.take(lines[number - 2]);
		if (pending && here) {
			result +=
				"#line " + std::to_string(static_cast<long>(number) + shift) + "\n";
			pending = false;
		}
		result += lines[number - 1] + "\n";
	}
	return result;
}

// "@@ -10,2 +10,3 @@"
static Result<std::vector<Hunk>> hunks_between(const std::string &before, const std::string &after)
{
	// diff exits with 1 when there is a difference.
	Job job = {"diff -U0 " + shell_word(before) + " " + shell_word(after) + " || [ $? = 1 ]",
		   "", "compare '" + before + "' and '" + after + "'"};
	std::string text = TRY(output_of(job));
	std::vector<Hunk> hunks;
	for (const std::string &line : lines_of(text)) {
		Hunk hunk = {0, 1, 0, 1};
		if (!line.starts_with("@@ -"))
			continue;
		const char *at = line.c_str() + 4;
		char *end;
		hunk.old_start = strtoul(at, &end, 10);
		if (*end == ',')
			hunk.old_count = strtoul(end + 1, &end, 10);
		at = strchr(end, '+');
		if (!at)
			return fail(EBADMSG, "diff says '%s'", line.c_str());
		hunk.new_start = strtoul(at + 1, &end, 10);
		if (*end == ',')
			hunk.new_count = strtoul(end + 1, &end, 10);
		hunks.push_back(hunk);
	}
	return hunks;
}

Result<> SourceView::keep_line_numbers(const std::string &tree, const std::string &file) const
{
	std::string before = tree + "/" + file, after = folder_ + "/" + file;
	if (!fs::exists(before) || !fs::exists(after) ||
	    !(file.ends_with(".c") || file.ends_with(".h")))
		return {};
	std::vector<Hunk> hunks = TRY(hunks_between(before, after));
	std::string text = TRY(read_text(after));
	std::ofstream out(after, std::ios::trunc);
	out << with_line_numbers(text, hunks);
	out.close();
	if (!out)
		return fail(EIO, "cannot write '%s'", after.c_str());
	return {};
}

Result<SourceView> SourceView::make(const std::string &tree, const std::string &folder,
				    const std::vector<std::string> &patches,
				    const std::set<std::string> &users, Lines lines)
{
	SourceView view;
	view.folder_ = folder;
	view.files_ = TRY(files_of_patches(patches));
	TRY(view.link(tree, users));
	TRY(view.apply(tree, patches));
	for (const std::string &file : view.files_) {
		if (lines == Lines::kept)
			TRY(view.keep_line_numbers(tree, file));
	}
	return view;
}

}
