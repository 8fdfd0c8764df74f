// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diff.hpp"
#include "../libklp/try.hpp"
#include "diff_path.hpp"
#include "diff_words.hpp"

#include <cerrno>
#include <map>

namespace klp {

namespace {

constexpr std::string_view git_begin = "diff --git ";

class DiffReader {
public:
	DiffReader(const std::string &name, std::string_view text, LeftOut left_out)
	    : name_(name), text_(text), left_out_(left_out)
	{
	}
	Result<std::vector<FileDiff>> read();

private:
	bool at_end() const { return at_ == text_.size(); }
	// With its newline.
	std::string_view line_at(size_t at) const;
	std::string_view line() const { return line_at(at_); }
	std::string_view following() const { return line_at(at_ + line().size()); }
	void next() { at_ += line().size(), number_++; }
	bool begins_names() const
	{
		return line().starts_with("--- ") && following().starts_with("+++ ");
	}
	std::unexpected<Error> wrong(const std::string &what, size_t number = 0) const
	{
		return fail(EBADMSG, "%s:%zu: %s", name_.c_str(), number ? number : number_,
			    what.c_str());
	}

	Result<> read_other();
	Result<> read_git();
	Result<> read_extended(FileDiff *file, GitHeader *git);
	Result<> read_names(FileDiff *file, const GitHeader *git);
	Result<std::string> path_of(std::string_view written) const;
	Result<> read_hunks(FileDiff *file);
	Result<> read_hunk(FileDiff *file);
	Result<> read_lines(Hunk *hunk);
	Result<> drop_newline(Hunk *hunk, size_t old_left, size_t new_left);
	Result<> add(FileDiff file);

	const std::string &name_;
	std::string_view text_;
	LeftOut left_out_;
	size_t at_ = 0, number_ = 1;
	const Hunk *behind_ = nullptr; // the hunk that ended, if no other text came since
	std::vector<FileDiff> files_;
	std::map<std::string, size_t> lines_; // where each path is named
};

std::string_view DiffReader::line_at(size_t at) const
{
	size_t end = text_.find('\n', at);
	return text_.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

Result<std::string> DiffReader::path_of(std::string_view written) const
{
	Result<std::string> path = path_in_tree(written, left_out_);
	if (!path)
		return wrong(path.error().message);
	return path;
}

// Before the first file, between two of them, behind the last.
Result<> DiffReader::read_other()
{
	std::string_view text = line();
	// A mail's signature begins with "-- ", which some programs cut the space off.
	bool signature = text == "-- \n" || text == "--\n" || text == "--";
	if (behind_ && !signature && std::string_view(" +-\\").contains(text.front()))
		return wrong("belongs to no hunk: that of line " + std::to_string(behind_->at) +
			     " has its " + std::to_string(behind_->old_count) + " old and " +
			     std::to_string(behind_->new_count) + " new lines already");
	if (text != "\n")
		behind_ = nullptr;
	if (std::string fault = fault_of_text(text); !fault.empty())
		return wrong(fault);
	next();
	return {};
}

// Reads the lines between "diff --git" and "---".
Result<> DiffReader::read_extended(FileDiff *file, GitHeader *git)
{
	while (!at_end() && !line().starts_with("--- ") && !line().starts_with(git_begin)) {
		std::string_view text = line();
		// Any text that is no header may follow a file without hunks.
		if (text == "\n" || text == "-- \n" || text.starts_with("From "))
			break;
		if (std::string fault = git->take(text); !fault.empty())
			return wrong(fault);
		next();
	}
	file->kind = git->kind;
	return {};
}

Result<> DiffReader::read_git()
{
	FileDiff file;
	file.at = number_;
	std::string_view names = line().substr(git_begin.size());
	names = names.substr(0, names.find('\n'));
	size_t space = names.find(' ');
	if (space == std::string_view::npos)
		return wrong("'diff --git' is to be followed by two paths");
	file.written = names.substr(0, space);
	GitHeader git;
	git.before = TRY(path_of(names.substr(0, space)));
	git.after = TRY(path_of(names.substr(space + 1)));
	next();
	TRY(read_extended(&file, &git));
	if (std::string fault = git.fault(); !fault.empty())
		return wrong(fault, file.at);
	file.before = file.kind == FileDiff::Kind::added ? "" : git.before;
	file.after = file.kind == FileDiff::Kind::removed ? "" : git.after;
	behind_ = nullptr;
	if (begins_names())
		TRY(read_names(&file, &git));
	else if (file.kind == FileDiff::Kind::modified)
		return wrong("changes nothing: 'diff --git' without '---' and '+++' lines",
			     file.at);
	return add(std::move(file));
}

// "--- a/fs/x.c", with the time of the file behind a tab if diff writes it.
Result<> DiffReader::read_names(FileDiff *file, const GitHeader *git)
{
	NameLine old_name = name_line(line());
	std::string before = TRY(path_of(old_name.path));
	next();
	NameLine new_name = name_line(line());
	std::string after = TRY(path_of(new_name.path));
	if (git && (before != file->before || after != file->after))
		return wrong("names other files than 'diff --git' in line " +
			     std::to_string(file->at));
	if (before.empty() && after.empty())
		return wrong("names no file, but /dev/null twice");
	if (!git && !before.empty() && !after.empty() && before != after)
		return wrong("names " + in_quotes(before) + " before and " + in_quotes(after) +
			     " after; make the diff with 'git diff', or of two folders that have "
			     "the file by one name");
	next();
	if (!git) {
		file->written = before.empty() ? new_name.path : old_name.path;
		// diff -N cannot say it in another way.
		file->kind = before.empty() || old_name.is_epoch  ? FileDiff::Kind::added
			     : after.empty() || new_name.is_epoch ? FileDiff::Kind::removed
								  : FileDiff::Kind::modified;
		file->before = file->kind == FileDiff::Kind::added ? "" : before;
		file->after = file->kind == FileDiff::Kind::removed ? "" : after;
		if (file->path().empty())
			return wrong("names no file");
	}
	return read_hunks(file);
}

Result<> DiffReader::read_hunks(FileDiff *file)
{
	if (!line().starts_with("@@ "))
		return wrong("a hunk is to follow, '@@ -LINE,COUNT +LINE,COUNT @@'");
	while (line().starts_with("@@ "))
		TRY(read_hunk(file));
	const Hunk &first = file->hunks.front();
	if (file->kind == FileDiff::Kind::added &&
	    (file->hunks.size() != 1 || first.old_count != 0 || first.old_start != 0))
		return wrong("the file is new, and yet the hunk has old lines", first.at);
	if (file->kind == FileDiff::Kind::removed &&
	    (file->hunks.size() != 1 || first.new_count != 0 || first.new_start != 0))
		return wrong("the file is removed, and yet the hunk leaves lines", first.at);
	return {};
}

Result<> DiffReader::read_hunk(FileDiff *file)
{
	Hunk hunk = {};
	hunk.at = number_;
	if (std::string fault = read_numbers(line(), &hunk); !fault.empty())
		return wrong(fault);
	if (!file->hunks.empty()) {
		const Hunk &last = file->hunks.back();
		if (hunk.place() < last.place() + last.old_count)
			return wrong("the hunk begins before that of line " +
				     std::to_string(last.at) + " ends; hunks are to be in order");
	}
	next();
	TRY(read_lines(&hunk));
	file->hunks.push_back(std::move(hunk));
	return {};
}

Result<> DiffReader::read_lines(Hunk *hunk)
{
	size_t old_left = hunk->old_count, new_left = hunk->new_count;
	bool changes = false;
	while (old_left > 0 || new_left > 0) {
		std::string_view text = line();
		char sign = text.empty() ? '\0' : text.front();
		bool blank = sign == '\n'; // context without its space, as some programs leave it
		if ((sign == ' ' || blank) && old_left > 0 && new_left > 0)
			old_left--, new_left--;
		else if (sign == '-' && old_left > 0)
			old_left--;
		else if (sign == '+' && new_left > 0)
			new_left--;
		else
			return wrong("the hunk of line " + std::to_string(hunk->at) + " lacks " +
				     std::to_string(old_left) + " old and " +
				     std::to_string(new_left) + " new lines of those it says");
		HunkLine::Kind kind = sign == '-'   ? HunkLine::Kind::removed
				      : sign == '+' ? HunkLine::Kind::added
						    : HunkLine::Kind::context;
		changes |= kind != HunkLine::Kind::context;
		hunk->lines.push_back({kind, blank ? text : text.substr(1)});
		next();
		if (line().starts_with("\\ "))
			TRY(drop_newline(hunk, old_left, new_left));
	}
	if (!changes)
		return wrong("the hunk changes nothing", hunk->at);
	return {};
}

// "\ No newline at end of file", in any language: the line above is the last of its side.
Result<> DiffReader::drop_newline(Hunk *hunk, size_t old_left, size_t new_left)
{
	HunkLine &last = hunk->lines.back();
	bool more_old = last.kind != HunkLine::Kind::added && old_left > 0;
	bool more_new = last.kind != HunkLine::Kind::removed && new_left > 0;
	if (more_old || more_new || !last.text.ends_with('\n'))
		return wrong("the line above is not the file's last one");
	last.text.remove_suffix(1);
	next();
	return {};
}

Result<> DiffReader::add(FileDiff file)
{
	for (const std::string *path : {&file.before, &file.after}) {
		if (path->empty() || (path == &file.after && file.after == file.before))
			continue;
		auto [known, is_new] = lines_.emplace(*path, file.at);
		if (!is_new)
			return wrong(in_quotes(*path) + " is named twice, in line " +
					     std::to_string(known->second) +
					     " too; make one diff, or a file of each",
				     file.at);
	}
	file.left_out = left_out_;
	files_.push_back(std::move(file));
	if (!files_.back().hunks.empty())
		behind_ = &files_.back().hunks.back();
	return {};
}

Result<std::vector<FileDiff>> DiffReader::read()
{
	while (!at_end()) {
		if (line().starts_with(git_begin)) {
			TRY(read_git());
		} else if (begins_names()) {
			FileDiff file;
			file.at = number_;
			TRY(read_names(&file, nullptr));
			TRY(add(std::move(file)));
		} else {
			TRY(read_other());
		}
	}
	if (files_.empty())
		return fail(EBADMSG,
			    "%s: no file is named: not a patch in unified format (diff -u)",
			    name_.c_str());
	return std::move(files_);
}

}

Result<std::vector<FileDiff>> read_diff(const std::string &name, std::string_view text,
					LeftOut left_out)
{
	return DiffReader(name, text, left_out).read();
}

}
