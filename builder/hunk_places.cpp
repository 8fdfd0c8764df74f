// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hunk_places.hpp"
#include "../libklp/try.hpp"
#include "diff_path.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <unordered_map>

namespace klp {

std::vector<SourceLine> lines_of_source(std::string_view text)
{
	std::vector<SourceLine> lines;
	while (!text.empty()) {
		size_t end = text.find('\n');
		size_t size = end == std::string_view::npos ? text.size() : end + 1;
		lines.push_back({std::string(text.substr(0, size)), lines.size() + 1});
		text.remove_prefix(size);
	}
	return lines;
}

namespace {

// Equal lines have one number.
using Numbers = std::vector<int>;

// A hunk's old lines, or its new ones.
struct Side {
	std::vector<const HunkLine *> lines;
	Numbers numbers;
};

class Places {
public:
	Places(const std::string &patch, const FileDiff &file,
	       const std::vector<SourceLine> &source);
	Result<std::vector<PlacedHunk>> find() const;

private:
	Side side(const Hunk &hunk, HunkLine::Kind but_for);
	bool fits(const Numbers &lines, size_t at) const;
	std::vector<size_t> all(const Numbers &lines) const;
	bool ends_the_file(size_t index) const;
	size_t nearest(const Side &old, size_t stated) const;
	std::string differing(const Side &old, const Hunk &hunk) const;
	Result<size_t> choose(size_t index, bool in_doubt) const;
	std::unexpected<Error> wrong(size_t index, const std::string &what) const;

	const std::string &patch_;
	const FileDiff &file_;
	const std::vector<SourceLine> &source_;
	std::unordered_map<std::string_view, int> known_;
	Numbers numbers_; // of the source
	std::vector<Side> old_, new_; // of each hunk
};

Places::Places(const std::string &patch, const FileDiff &file,
	       const std::vector<SourceLine> &source)
    : patch_(patch), file_(file), source_(source)
{
	for (const SourceLine &line : source)
		numbers_.push_back(known_.emplace(line.text, known_.size()).first->second);
	for (const Hunk &hunk : file.hunks) {
		old_.push_back(side(hunk, HunkLine::Kind::added));
		new_.push_back(side(hunk, HunkLine::Kind::removed));
	}
}

Side Places::side(const Hunk &hunk, HunkLine::Kind but_for)
{
	Side side;
	for (const HunkLine &line : hunk.lines) {
		if (line.kind == but_for)
			continue;
		side.lines.push_back(&line);
		side.numbers.push_back(known_.emplace(line.text, known_.size()).first->second);
	}
	return side;
}

bool Places::fits(const Numbers &lines, size_t at) const
{
	return at <= numbers_.size() && lines.size() <= numbers_.size() - at &&
	       std::equal(lines.begin(), lines.end(), numbers_.begin() + at);
}

// Finds each place that has these lines, by the border of each beginning (Knuth, Morris and Pratt):
// a source of equal lines would take minutes otherwise.
std::vector<size_t> Places::all(const Numbers &lines) const
{
	std::vector<size_t> places, border(lines.size() + 1, 0);
	for (size_t i = 1, matched = 0; i < lines.size(); i++) {
		while (matched > 0 && lines[i] != lines[matched])
			matched = border[matched];
		matched += lines[i] == lines[matched];
		border[i + 1] = matched;
	}
	for (size_t i = 0, matched = 0; i < numbers_.size() && !lines.empty(); i++) {
		while (matched > 0 && (matched == lines.size() || numbers_[i] != lines[matched]))
			matched = border[matched];
		matched += numbers_[i] == lines[matched];
		if (matched == lines.size())
			places.push_back(i + 1 - matched);
	}
	return places;
}

// A hunk that leaves no newline at the end has no lines behind it.
bool Places::ends_the_file(size_t index) const
{
	const Side &side = new_[index];
	return !side.lines.empty() && !side.lines.back()->text.ends_with('\n');
}

// The place that has most of the lines, near the hunk's line number.
size_t Places::nearest(const Side &old, size_t stated) const
{
	static constexpr size_t most_comparisons = 50'000'000;
	size_t best = stated, best_equal = 0;
	if (old.numbers.size() * numbers_.size() > most_comparisons)
		return best;
	auto distance = [&](size_t at) { return at > stated ? at - stated : stated - at; };
	for (size_t at = 0; at < numbers_.size(); at++) {
		size_t equal = 0, count = std::min(old.numbers.size(), numbers_.size() - at);
		for (size_t i = 0; i < count; i++)
			equal += numbers_[at + i] == old.numbers[i];
		if (equal > best_equal || (equal == best_equal && distance(at) < distance(best)))
			best = at, best_equal = equal;
	}
	return best;
}

std::string Places::differing(const Side &old, const Hunk &hunk) const
{
	size_t at = nearest(old, hunk.place()), i = 0;
	while (i < old.numbers.size() && at + i < numbers_.size() &&
	       old.numbers[i] == numbers_[at + i])
		i++;
	if (i == old.numbers.size())
		return "it leaves no newline at the end, and is not there";
	// old.lines[i] points to one of hunk.lines, which are contiguous.
	std::string line = std::to_string(hunk.at + 1 + (old.lines[i] - hunk.lines.data()));
	std::string has = "its line " + line + " is " + in_quotes(old.lines[i]->text);
	if (at + i >= source_.size())
		return has + ", and the source has " + std::to_string(source_.size()) +
		       " lines alone";
	const std::string &there = source_[at + i].text;
	std::string where = ", and line " + std::to_string(at + i + 1) + " of the source ";
	if (there.ends_with('\n') != old.lines[i]->text.ends_with('\n'))
		where += there.ends_with('\n') ? "(with a newline) " : "(without a newline) ";
	return has + where + "is " + in_quotes(there);
}

std::unexpected<Error> Places::wrong(size_t index, const std::string &what) const
{
	return fail(EBADMSG, "%s:%zu: hunk %zu of %s %s", patch_.c_str(), file_.hunks[index].at,
		    index + 1, file_.path().c_str(), what.c_str());
}

static std::string listed(const std::vector<size_t> &places)
{
	static constexpr size_t enough = 5;
	std::string text;
	for (size_t i = 0; i < std::min(places.size(), enough); i++)
		text += (i == 0 ? "" : ", ") + std::to_string(places[i] + 1);
	return text + (places.size() > enough
			       ? " and " + std::to_string(places.size() - enough) + " more"
			       : "");
}

Result<size_t> Places::choose(size_t index, bool in_doubt) const
{
	const Hunk &hunk = file_.hunks[index];
	const Side &old = old_[index];
	if (old.lines.empty() && !source_.empty())
		return wrong(index,
			     "adds lines without any around them, which may belong anywhere; "
			     "make the diff with context, as diff -u does");
	if (old.lines.empty())
		return size_t{0};
	std::vector<size_t> places = all(old.numbers);
	if (ends_the_file(index))
		std::erase_if(places, [&](size_t place) {
			return place + hunk.old_count != source_.size();
		});
	bool exact = std::ranges::count(places, hunk.place()) != 0;
	if (places.size() == 1 || (exact && !in_doubt))
		return exact ? hunk.place() : places[0];
	if (places.size() > 1)
		return wrong(index,
			     "fits at the lines " + listed(places) +
				     (exact ? ", and another hunk is not where it says; "
					    : ", and not at " + std::to_string(hunk.old_start) +
						      ", where it says; ") +
				     "make the diff from this kernel's source, or with more "
				     "context (diff -U10)");
	bool done = !new_[index].lines.empty() && !all(new_[index].numbers).empty();
	return wrong(index, "does not fit: " + differing(old, hunk) +
				    (done ? "; the source has what the hunk makes of it already"
					  : "; make the diff from this kernel's source"));
}

Result<std::vector<PlacedHunk>> Places::find() const
{
	std::vector<PlacedHunk> placed;
	bool in_doubt = false;
	for (size_t i = 0; i < file_.hunks.size(); i++) {
		const Hunk &hunk = file_.hunks[i];
		in_doubt |= !old_[i].lines.empty() && !fits(old_[i].numbers, hunk.place());
	}
	for (size_t i = 0; i < file_.hunks.size(); i++) {
		size_t place = TRY(choose(i, in_doubt));
		if (i > 0 && place < placed.back().place + placed.back().hunk->old_count)
			return wrong(
				i, "fits at line " + std::to_string(place + 1) +
					   " alone, which is before the end of the hunk above it");
		placed.push_back({&file_.hunks[i], place});
	}
	return placed;
}

// Replaces the lines between two lines of context. Equal lines at the begin and at the end of both
// sides stay unchanged: the hunk only repeats them.
void replace(std::vector<SourceLine> *result, std::span<const SourceLine> removed,
	     std::span<const HunkLine *const> added)
{
	size_t both = std::min(removed.size(), added.size()), head = 0, tail = 0;
	while (head < both && removed[head].text == added[head]->text)
		head++;
	while (tail < both - head &&
	       removed[removed.size() - 1 - tail].text == added[added.size() - 1 - tail]->text)
		tail++;
	for (size_t i = 0; i < added.size(); i++) {
		bool kept = i < head || i >= added.size() - tail;
		size_t from = i < head ? i : removed.size() - (added.size() - i);
		if (kept)
			result->push_back(removed[from]);
		else
			result->push_back({std::string(added[i]->text), 0});
	}
}

}

Result<std::vector<PlacedHunk>> place_hunks(const std::string &patch, const FileDiff &file,
					    const std::vector<SourceLine> &source)
{
	return Places(patch, file, source).find();
}

std::vector<SourceLine> with_hunks(const std::vector<SourceLine> &source,
				   const std::vector<PlacedHunk> &hunks)
{
	std::vector<SourceLine> result;
	size_t at = 0;
	for (const PlacedHunk &placed : hunks) {
		result.insert(result.end(), source.begin() + at, source.begin() + placed.place);
		at = placed.place;
		const std::vector<HunkLine> &lines = placed.hunk->lines;
		for (size_t i = 0; i < lines.size();) {
			size_t removed = 0;
			std::vector<const HunkLine *> added;
			for (; i < lines.size() && lines[i].kind != HunkLine::Kind::context; i++) {
				if (lines[i].kind == HunkLine::Kind::added)
					added.push_back(&lines[i]);
				else
					removed++;
			}
			replace(&result, std::span(source).subspan(at, removed), added);
			at += removed;
			for (; i < lines.size() && lines[i].kind == HunkLine::Kind::context; i++)
				result.push_back(source[at++]);
		}
	}
	result.insert(result.end(), source.begin() + at, source.end());
	return result;
}

// A function begins with a line that has a word in the first column and an opening parenthesis
// behind it. A closing brace in the first column ends the function.
std::string function_around(const std::vector<SourceLine> &source, size_t line)
{
	for (size_t i = std::min(line + 1, source.size()); i-- > 0;) {
		const std::string &text = source[i].text;
		if (text.starts_with('}') && i < line)
			return "";
		bool word = isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_';
		size_t open = text.find('(');
		if (!word || open == std::string::npos || text.ends_with(";\n"))
			continue;
		size_t end = text.find_last_not_of(' ', open == 0 ? 0 : open - 1) + 1;
		size_t begin = end;
		while (begin > 0 && (isalnum(static_cast<unsigned char>(text[begin - 1])) ||
				     text[begin - 1] == '_'))
			begin--;
		return text.substr(begin, end - begin);
	}
	return "";
}

}
