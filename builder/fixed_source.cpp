// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fixed_source.hpp"
#include "../libklp/try.hpp"
#include "diff_path.hpp"
#include "likely_files.hpp"
#include "source_file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace klp {

std::string FixedFile::text() const
{
	std::string text;
	for (const SourceLine &line : after)
		text += line.text;
	return text;
}

static std::unexpected<Error> wrong(const std::string &patch, const FileDiff &diff,
				    const std::string &what)
{
	return fail(EBADMSG, "%s:%zu: %s", patch.c_str(), diff.at, what.c_str());
}

// The file after the patches so far.
Result<FixedFile *> FixedSource::file(const std::string &patch, const FileDiff &diff,
				      const std::string &path)
{
	auto [known, is_new] = files_.try_emplace(path);
	FixedFile &file = known->second;
	if (!is_new)
		return &file;
	Result<std::optional<std::string>> text = read_below(tree_, path);
	if (!text)
		return text.error().code == EBADMSG ? wrong(patch, diff, text.error().message)
						    : std::unexpected(text.error());
	file.was_there = file.is_there = text->has_value();
	file.before = std::move(*text).value_or("");
	file.after = lines_of_source(file.before);
	return &file;
}

Result<> FixedSource::must_be_there(const std::string &patch, const FileDiff &diff,
				    const FixedFile &file) const
{
	if (file.is_there && !diff.is_bare())
		return {};
	return wrong(patch, diff, words_for_likely_files(tree_, diff));
}

Result<> FixedSource::add(const std::string &patch, const FileDiff &diff)
{
	if (diff.is_bare())
		return wrong(patch, diff, words_for_likely_files(tree_, diff));
	FixedFile *added = TRY(file(patch, diff, diff.after));
	if (added->is_there)
		return wrong(patch, diff,
			     "'" + diff.after + "' is new in the fix, and there already");
	added->is_there = true;
	added->after.clear();
	if (!diff.hunks.empty())
		added->after = with_hunks({}, {{&diff.hunks[0], 0}});
	return {};
}

void FixedSource::note_moved(const std::string &path, const FixedFile &file,
			     const std::vector<PlacedHunk> &hunks)
{
	size_t added = 0; // by the hunks above, modulo the size of a number
	for (size_t i = 0; i < hunks.size(); i++) {
		const PlacedHunk &hunk = hunks[i];
		size_t stated = hunk.hunk->place(), first = hunk.place;
		size_t lines = std::max(stated, first) - std::min(stated, first);
		first += added;
		added += hunk.hunk->new_count - hunk.hunk->old_count;
		if (!hunk.moved())
			continue;
		for (const HunkLine &line : hunk.hunk->lines) {
			if (line.kind != HunkLine::Kind::context)
				break;
			first++;
		}
		std::string function = function_around(file.after, first);
		refusals_.push_back(
			{&refusal::hunk_moved, function.empty() ? path : function,
			 path + ":" + std::to_string(first + 1),
			 "hunk " + std::to_string(i + 1) + " of " + path + " goes " +
				 std::to_string(lines) + (lines == 1 ? " line " : " lines ") +
				 (hunk.place > stated ? "below" : "above") + " where it says, " +
				 (function.empty() ? "outside of functions"
						   : "into '" + function + "'")});
	}
}

// A renamed header has the new name then. A unit that the kernel is built from keeps its old name:
// Kbuild compiles no other one.
Result<> FixedSource::move(const std::string &patch, const FileDiff &diff, const std::string &path)
{
	FixedFile *to = TRY(file(patch, diff, diff.after));
	if (to->is_there)
		return wrong(patch, diff, "'" + diff.after + "' is there already");
	if (is_unit_(path)) {
		files_.erase(diff.after);
		renamed_[diff.after] = path;
		refusals_.push_back({&refusal::file_renamed, path, path,
				     "'" + path + "' becomes '" + diff.after +
					     "', and is built as a change of '" + path + "'"});
		return {};
	}
	FixedFile &from = files_.at(path);
	to->is_there = true;
	to->after = std::move(from.after);
	from.is_there = false;
	from.after.clear();
	return {};
}

Result<> FixedSource::change(const std::string &patch, const FileDiff &diff)
{
	auto renamed = renamed_.find(diff.before);
	const std::string path = renamed == renamed_.end() ? diff.before : renamed->second;
	FixedFile *changed = TRY(file(patch, diff, path));
	TRY(must_be_there(patch, diff, *changed));
	std::vector<PlacedHunk> hunks = TRY(place_hunks(patch, diff, changed->after));
	changed->after = with_hunks(changed->after, hunks);
	note_moved(path, *changed, hunks);
	if (diff.kind == FileDiff::Kind::renamed)
		return move(patch, diff, path);
	if (diff.kind != FileDiff::Kind::removed)
		return {};
	if (!changed->after.empty())
		return wrong(patch, diff,
			     "'" + path + "' is removed in the fix, which leaves " +
				     std::to_string(changed->after.size()) + " lines of it");
	changed->is_there = false;
	if (is_unit_(path))
		refusals_.push_back({&refusal::file_removed, path, path,
				     "'" + path + "' is removed, and its code goes on running"});
	return {};
}

// A Makefile may set the options with which Kbuild compiles its folder. klp-build does not apply
// such a change.
void FixedSource::note_other(const std::string &path, const FileDiff &diff)
{
	others_.insert(path);
	std::string name = path.substr(path.rfind('/') + 1);
	auto has_options = [](const HunkLine &line) {
		return line.kind != HunkLine::Kind::context &&
		       (line.text.find("flags") != std::string_view::npos ||
			line.text.find("FLAGS") != std::string_view::npos);
	};
	for (const Hunk &hunk : diff.hunks) {
		if ((name == "Makefile" || name == "Kbuild") &&
		    std::ranges::any_of(hunk.lines, has_options)) {
			refusals_.push_back({&refusal::unknown_file, path, path,
					     "'" + path + "' gets other options for the compiler"});
			return;
		}
	}
}

Result<> FixedSource::apply(const std::string &patch, const FileDiff &diff)
{
	for (const std::string &path : std::set{diff.before, diff.after}) {
		if (!path.empty() && !is_c(path))
			note_other(path, diff);
	}
	bool was_c = is_c(diff.before), becomes_c = is_c(diff.after);
	if (!was_c && !becomes_c)
		return {};
	if (diff.kind == FileDiff::Kind::renamed && was_c != becomes_c)
		return wrong(patch, diff,
			     "'" + diff.before + "' becomes '" + diff.after +
				     "': one of the two is no C; make it a file that goes and one "
				     "that comes, with 'git diff --no-renames'");
	// diff -N writes an added file like this when it writes no time.
	bool absent = diff.kind == FileDiff::Kind::modified && diff.hunks[0].old_start == 0 &&
		      diff.hunks.size() == 1;
	if (absent) {
		FixedFile *there = TRY(file(patch, diff, diff.after));
		absent = !there->is_there;
	}
	return diff.kind == FileDiff::Kind::added || absent ? add(patch, diff)
							    : change(patch, diff);
}

// Whether the file that a diff changes exists by now, or the folder of a file that the diff adds.
bool FixedSource::has_place_for(const FileDiff &diff) const
{
	auto is_there = [this](const std::string &path) {
		auto known = files_.find(path);
		return known != files_.end()
			       ? known->second.is_there
			       : read_below(tree_, path).value_or(std::nullopt).has_value();
	};
	if (!diff.before.empty() && is_there(diff.before))
		return true;
	size_t slash = diff.after.rfind('/');
	bool adds = !diff.after.empty() && !diff.hunks.empty() && diff.hunks[0].old_count == 0;
	return adds && slash != std::string::npos &&
	       std::filesystem::is_directory(tree_ + "/" + diff.after.substr(0, slash));
}

// Reads the paths with or without their first folders, in one way for all files of a patch. A file
// that exists in both ways does not tell which one is meant.
Result<const std::vector<FileDiff> *> FixedSource::as_meant(const FixPatch &patch) const
{
	const FileDiff *one = nullptr, *none = nullptr, *both = nullptr;
	for (size_t i = 0; i < std::max(patch.files.size(), patch.whole.size()); i++) {
		bool fits_one = !patch.files.empty() && has_place_for(patch.files[i]);
		bool fits_none = !patch.whole.empty() && has_place_for(patch.whole[i]);
		if (fits_one && fits_none && patch.files[i].path() == patch.whole[i].path())
			continue;
		if (fits_one || fits_none)
			(!fits_none  ? one
			 : !fits_one ? none
				     : both) = fits_one ? &patch.files[i] : &patch.whole[i];
	}
	if (one && none)
		return wrong(patch.name, *none,
			     in_quotes(none->written) +
				     " is of this kernel's source as it is written, and " +
				     in_quotes(one->written) + " of line " +
				     std::to_string(one->at) +
				     " without its first folder; make the diff with 'git diff'");
	if (both && !one && !none)
		return wrong(patch.name, *both,
			     in_quotes(both->written) + " may be '" + both->path() + "' or '" +
				     both->written +
				     "', and this kernel's source has both; make the diff with "
				     "'git diff'");
	if (none)
		return &patch.whole;
	if (patch.files.empty())
		return fail(EBADMSG, "%s", patch.fault.c_str());
	return &patch.files;
}

Result<FixedSource> FixedSource::make(const std::string &tree, const Fix &fix,
				      const std::function<bool(const std::string &)> &is_unit)
{
	FixedSource source(tree, is_unit);
	for (const FixPatch &patch : fix.patches()) {
		const std::vector<FileDiff> *files = TRY(source.as_meant(patch));
		for (const FileDiff &diff : *files)
			TRY(source.apply(patch.name, diff));
	}
	return source;
}

}
