// SPDX-License-Identifier: LGPL-2.1-or-later
// The C files that a fix changes, before and after it, in memory: what it does to a tree is
// decided here, and nobody else asks the patches.
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
	// is_unit: whether the kernel is built from a file, by its path. EBADMSG when a hunk's
	// place is not known, or the file isn't there, with the patch and line.
	static Result<FixedSource>
	make(const std::string &tree, const Fix &fix,
	     const std::function<bool(const std::string &file)> &is_unit);

	// By their paths in the tree.
	const std::map<std::string, FixedFile> &files() const { return files_; }
	// The other files that the fix changes. They are left as they are.
	const std::set<std::string> &others() const { return others_; }
	// Hunks that moved, and files that go or have another name.
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
	std::map<std::string, std::string> renamed_; // units: from what they would be called
	std::set<std::string> others_;
	std::vector<Refusal> refusals_;
};

}
