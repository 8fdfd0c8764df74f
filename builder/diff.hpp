// SPDX-License-Identifier: LGPL-2.1-or-later
// A unified diff, as diff -u, git diff and git format-patch write it: a mail's text may stand
// before it, and its signature behind. Strict, since whatever is not understood here would
// change the source in a way that nobody has read: another kind of diff, a header that git
// knows and this doesn't, or a hunk whose numbers don't agree with its lines is an Error with
// the line.
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

	// Where its old side begins, counted from 0: that of an empty one stands behind its line.
	size_t place() const { return old_count == 0 ? old_start : old_start - 1; }
};

struct FileDiff {
	enum class Kind { modified, added, removed, renamed };
	Kind kind = Kind::modified;
	size_t at = 0; // its first line in the diff
	std::string before, after; // without what is left out; "" where it isn't there
	std::string written; // "a/fs/timerfd.c"
	LeftOut left_out = LeftOut::first_folder;
	std::vector<Hunk> hunks;

	const std::string &path() const { return before.empty() ? after : before; }
	// Has no folder to leave out; its path is as it is written.
	bool is_bare() const { return written.find('/') == std::string::npos; }
};

// The files of a diff, each once. text: is to live as long as they. EBADMSG for what is no
// such diff, with name and line.
Result<std::vector<FileDiff>> read_diff(const std::string &name, std::string_view text,
					LeftOut left_out);

}
