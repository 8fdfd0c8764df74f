// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diff_words.hpp"
#include "diff_path.hpp"

#include <algorithm>
#include <array>

namespace klp {

static std::string_view without_newline(std::string_view line)
{
	return line.substr(0, line.find('\n'));
}

// A clock west of Greenwich shows the evening before.
NameLine name_line(std::string_view line)
{
	std::string_view text = without_newline(line).substr(4);
	size_t tab = std::min(text.find('\t'), text.size());
	std::string_view time = text.substr(tab);
	bool is_epoch = time.starts_with("\t1970-01-01 ") || time.starts_with("\t1969-12-31 ");
	return {std::string(text.substr(0, tab)), is_epoch};
}

namespace {

// Parses a line from its begin.
class Words {
public:
	explicit Words(std::string_view text) : text_(text) {}

	bool take(std::string_view word)
	{
		if (!text_.starts_with(word))
			return false;
		text_.remove_prefix(word.size());
		return true;
	}
	// Takes at most nine digits: no source has more lines.
	bool take_number(size_t *number)
	{
		size_t digits = std::min(text_.find_first_not_of("0123456789"), text_.size());
		if (digits == 0 || digits > 9)
			return false;
		*number = 0;
		for (char digit : text_.substr(0, digits))
			*number = *number * 10 + (digit - '0');
		text_.remove_prefix(digits);
		return true;
	}
	// "10,2" or "10"
	bool take_range(size_t *start, size_t *count)
	{
		*count = 1;
		if (!take_number(start) || (take(",") && !take_number(count)))
			return false;
		return *start > 0 || *count == 0;
	}
	std::string_view rest() const { return text_; }

private:
	std::string_view text_;
};

}

std::string read_numbers(std::string_view line, Hunk *hunk)
{
	Words words(without_newline(line));
	bool read = words.take("@@ -") && words.take_range(&hunk->old_start, &hunk->old_count) &&
		    words.take(" +") && words.take_range(&hunk->new_start, &hunk->new_count) &&
		    words.take(" @@") && (words.rest().empty() || words.rest().front() == ' ');
	if (!read)
		return in_quotes(line) + " is no '@@ -LINE,COUNT +LINE,COUNT @@' of a file's lines";
	return hunk->old_count + hunk->new_count == 0 ? "the hunk has no lines" : "";
}

// "5,7c6" of diff without -u, "5,7d" of diff -e.
static bool is_ed_command(std::string_view line)
{
	Words words(without_newline(line));
	size_t number;
	if (!words.take_number(&number) || (words.take(",") && !words.take_number(&number)))
		return false;
	if (!words.take("a") && !words.take("c") && !words.take("d"))
		return false;
	if (words.rest().empty())
		return true;
	return words.take_number(&number) && (!words.take(",") || words.take_number(&number)) &&
	       words.rest().empty();
}

// "Binary files a/x and b/x differ"; a mail's text may begin with "Files" or "Only in", too.
static bool is_note_of_diff(std::string_view text)
{
	return text.ends_with(" differ") && text.find(" and ") != std::string_view::npos &&
	       (text.starts_with("Binary files ") || text.starts_with("Files "));
}

static bool is_only_in(std::string_view text)
{
	size_t colon = text.find(": ");
	return text.starts_with("Only in ") && colon != std::string_view::npos &&
	       text.find(' ', 8) > colon && text.find(' ', colon + 2) == std::string_view::npos;
}

std::string fault_of_text(std::string_view line)
{
	std::string_view text = without_newline(line);
	if (text == "GIT binary patch" || is_note_of_diff(text))
		return "a binary difference; a fix is of text alone";
	if (text.starts_with("diff --cc ") || text.starts_with("diff --combined ") ||
	    text.starts_with("@@@ "))
		return "the combined diff of a merge; make that of one parent, with 'git diff'";
	// With the function behind it for diff -p.
	static constexpr std::string_view stars = "***************";
	if (text.starts_with(stars) && (text == stars || text[stars.size()] == ' '))
		return "a context diff; make one in unified format, with diff -u";
	if (is_ed_command(line))
		return "a command of ed or of a diff without context; make a diff in unified "
		       "format, with diff -u";
	if (is_only_in(text))
		return "diff names a file that is in one folder only; make the diff with -N";
	if (text.starts_with("@@ -"))
		return "a hunk of no file: '---' and '+++' lines are to stand before it";
	return "";
}

std::string GitHeader::take_kind(FileDiff::Kind that)
{
	if (kind != FileDiff::Kind::modified && kind != that)
		return "a file is only one of new, deleted and renamed";
	kind = that;
	return "";
}

static std::string fault_of_mode(std::string_view mode)
{
	if (mode == "120000")
		return "mode 120000 is a symbolic link; a fix is of plain files alone";
	if (mode == "160000")
		return "mode 160000 is a submodule; a fix is of plain files alone";
	return "mode " + in_quotes(mode) + " is none that a file of a fix has, which is 100644";
}

static bool is_plain(std::string_view mode)
{
	return mode == "100644" || mode == "100755";
}

// "index 111111111111..000000000000 100644"
static std::string fault_of_index(std::string_view text)
{
	size_t space = text.find(' ');
	std::string_view ids = text.substr(0, space);
	bool good = ids.find_first_not_of("0123456789abcdef.") == std::string_view::npos &&
		    ids.find("..") != std::string_view::npos;
	if (!good)
		return "'index' is to be followed by two object names";
	if (space == std::string_view::npos || is_plain(text.substr(space + 1)))
		return "";
	return fault_of_mode(text.substr(space + 1));
}

std::string GitHeader::take(std::string_view line)
{
	Words words(without_newline(line));
	if (words.take("index "))
		return fault_of_index(words.rest());
	if (words.take("new file mode "))
		return words.rest() == "100644" ? take_kind(FileDiff::Kind::added)
						: fault_of_mode(words.rest());
	if (words.take("deleted file mode "))
		return is_plain(words.rest()) ? take_kind(FileDiff::Kind::removed)
					      : fault_of_mode(words.rest());
	if (words.take("old mode ") || words.take("new mode "))
		return "a change of the file's mode, which no livepatch carries; leave it out";
	if (words.take("copy from ") || words.take("copy to "))
		return "a copy of a file; make the diff with 'git diff --no-renames'";
	if (words.take("rename from ")) {
		rename_from = words.rest();
		return take_kind(FileDiff::Kind::renamed);
	}
	if (words.take("rename to ")) {
		rename_to = words.rest();
		return take_kind(FileDiff::Kind::renamed);
	}
	if (words.take("similarity index ") || words.take("dissimilarity index "))
		return "";
	std::string fault = fault_of_text(line);
	return fault.empty() ? "an unknown line behind 'diff --git': " + in_quotes(line) : fault;
}

std::string GitHeader::fault() const
{
	if (before.empty() || after.empty())
		return "'diff --git' names /dev/null";
	if (kind == FileDiff::Kind::renamed && (rename_from != before || rename_to != after))
		return "the renaming is of other files than 'diff --git' names";
	if (kind == FileDiff::Kind::renamed && before == after)
		return "the file is renamed to itself";
	if (kind != FileDiff::Kind::renamed && before != after)
		return "'diff --git' names " + in_quotes(before) + " and " + in_quotes(after) +
		       ", and yet no renaming follows";
	return "";
}

}
