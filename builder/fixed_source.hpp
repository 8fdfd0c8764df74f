// SPDX-License-Identifier: LGPL-2.1-or-later
// The C files that a fix changes, before and after the fix, in memory. FixedSource alone decides
// what the patches change in a tree.
#pragma once

#include "fix.hpp"
#include "hunk_places.hpp"
#include "refusal.hpp"

#include <functional>
#include <map>
#include <set>

namespace klp {

struct FixedFile {
	bool was_there = false, is_there = false; // before the fix, and after it
	std::string before; // "" where it isn't there
	std::vector<SourceLine> after;

	std::string text() const; // after it
};

class FixedSource {
public:
	// is_unit: whether the kernel is built from the file with this path. Returns EBADMSG with
	// the patch and line when a hunk's place is unknown, or the file does not exist.
	static Result<FixedSource>
	make(const std::string &tree, const Fix &fix,
	     const std::function<bool(const std::string &file)> &is_unit);

	// By their paths in the tree.
	const std::map<std::string, FixedFile> &files() const { return files_; }
	// The other files that the fix changes. klp-build leaves these files unchanged.
	const std::set<std::string> &others() const { return others_; }
	// Refusals for moved hunks, and for removed and renamed files.
	const std::vector<Refusal> &refusals() const { return refusals_; }

private:
	FixedSource(const std::string &tree, std::function<bool(const std::string &)> is_unit)
	    : tree_(tree), is_unit_(std::move(is_unit))
	{
	}
	bool has_place_for(const FileDiff &diff) const;
	Result<const std::vector<FileDiff> *> as_meant(const FixPatch &patch) const;
	Result<> apply(const std::string &patch, const FileDiff &diff);
	void note_other(const std::string &path, const FileDiff &diff);
	Result<> add(const std::string &patch, const FileDiff &diff);
	Result<> change(const std::string &patch, const FileDiff &diff);
	Result<> move(const std::string &patch, const FileDiff &diff, const std::string &path);
	Result<FixedFile *> file(const std::string &patch, const FileDiff &diff,
				 const std::string &path);
	Result<> must_be_there(const std::string &patch, const FileDiff &diff,
			       const FixedFile &file) const;
	void note_moved(const std::string &path, const FixedFile &file,
			const std::vector<PlacedHunk> &hunks);

	std::string tree_;
	std::function<bool(const std::string &)> is_unit_;
	std::map<std::string, FixedFile> files_;
	std::map<std::string, std::string> renamed_; // units: from the name in the fix
	std::set<std::string> others_;
	std::vector<Refusal> refusals_;
};

}
