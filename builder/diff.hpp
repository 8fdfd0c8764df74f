// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads a unified diff, as diff -u, git diff and git format-patch write it. A mail's text may stand
// before the diff, and its signature behind. The reader is strict: a misread line would change the
// source in a way that nobody has reviewed. The reader returns an Error with the line for another
// kind of diff, for an unknown header of git, and for a hunk whose numbers do not agree with its
// lines.
#pragma once

#include "diff_path.hpp"

#include <string_view>
#include <vector>

namespace klp {

struct HunkLine {
	enum class Kind { context, removed, added };
	Kind kind;
	std::string_view text; // with its newline, where it has one
};

struct Hunk {
	size_t at; // the line of its "@@" in the diff
	size_t old_start, old_count, new_start, new_count;
	std::vector<HunkLine> lines;

	// Where its old side begins, counted from 0. An empty old side begins behind its line.
	size_t place() const { return old_count == 0 ? old_start : old_start - 1; }
};

struct FileDiff {
	enum class Kind { modified, added, removed, renamed };
	Kind kind = Kind::modified;
	size_t at = 0; // its first line in the diff
	std::string before, after; // without the left-out folder; "" for no file
	std::string written; // "a/fs/timerfd.c"
	LeftOut left_out = LeftOut::first_folder;
	std::vector<Hunk> hunks;

	const std::string &path() const { return before.empty() ? after : before; }
	// Has no folder to leave out; its path is as it is written.
	bool is_bare() const { return written.find('/') == std::string::npos; }
};

// Returns the files of a diff, each once. text must outlive the files. Returns EBADMSG with name
// and line for any other text.
Result<std::vector<FileDiff>> read_diff(const std::string &name, std::string_view text,
					LeftOut left_out);

}
