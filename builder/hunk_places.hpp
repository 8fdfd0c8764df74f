// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the hunks of a diff belong in a source. Nothing is guessed: a hunk belongs where it
// says, if all its old lines are there; else to the only place that has all of them, which is
// to be told. Once a hunk of a file has moved, the lines that the others say are in doubt,
// and each has to fit at one place only.
#pragma once

#include "diff.hpp"

#include <span>
#include <string>

namespace klp {

// A line of a source on its way through a fix.
struct SourceLine {
	std::string text; // with its newline, where it has one
	size_t before; // its number before the fix, from 1; 0: it is the fix's
};

std::vector<SourceLine> lines_of_source(std::string_view text);

struct PlacedHunk {
	const Hunk *hunk;
	size_t place; // where its old lines begin, counted from 0
	bool moved() const { return place != hunk->place(); }
};

// patch: its name, for messages. The hunks in their order. EBADMSG for one whose place is not
// known, with how it differs from the source, or where it fits.
Result<std::vector<PlacedHunk>> place_hunks(const std::string &patch, const FileDiff &file,
					    const std::vector<SourceLine> &source);

// The source with these. Lines that a hunk has as removed and added stay what they were.
std::vector<SourceLine> with_hunks(const std::vector<SourceLine> &source,
				   const std::vector<PlacedHunk> &hunks);

// The function around a line, counted from 0: "timerfd_show", "" outside of any. By the
// indentation that the kernel's source has.
std::string function_around(const std::vector<SourceLine> &source, size_t line);

}
