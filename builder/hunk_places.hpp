// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the place of each hunk of a diff in a source, without a guess. A hunk belongs at its own
// line number, if all its old lines are there; else at the only place that has all of them, and
// klp-build reports the move. Once a hunk of a file has moved, the line numbers of the other hunks
// are in doubt, and each hunk must fit at one place only.
#pragma once

#include "diff.hpp"

#include <span>
#include <string>

namespace klp {

// A line of a source while patches are applied.
struct SourceLine {
	std::string text; // with its newline, where it has one
	size_t before; // its number before the fix, from 1; 0: added by the fix
};

std::vector<SourceLine> lines_of_source(std::string_view text);

struct PlacedHunk {
	const Hunk *hunk;
	size_t place; // where its old lines begin, counted from 0
	bool moved() const { return place != hunk->place(); }
};

// Returns the hunks in their order. patch: its name, for messages. Returns EBADMSG for a hunk
// without a known place, with its differences from the source, or the places where it fits.
Result<std::vector<PlacedHunk>> place_hunks(const std::string &patch, const FileDiff &file,
					    const std::vector<SourceLine> &source);

// Returns the source with these hunks. Lines that a hunk both removes and adds stay unchanged.
std::vector<SourceLine> with_hunks(const std::vector<SourceLine> &source,
				   const std::vector<PlacedHunk> &hunks);

// The function around a line, counted from 0: "timerfd_show"; "" outside of any function. Relies on
// the indentation of the kernel's source.
std::string function_around(const std::vector<SourceLine> &source, size_t line);

}
