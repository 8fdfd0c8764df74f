// SPDX-License-Identifier: LGPL-2.1-or-later
// The source after a fix, beside its prepared tree: a folder of links to the tree, in which only
// the C files of the fix are files. SourceView copies nothing and leaves the tree unchanged.
// Several views of a tree may be used at once. Nothing else comes from the fix: no program, no
// Makefile, no link.
#pragma once

#include "fixed_source.hpp"

namespace klp {

class SourceView {
public:
	enum class Lines {
		kept, // with_line_numbers()
		as_they_are, // those of a kernel that was built with the fix
	};

	// tree: the prepared source; folder: a new one, for the view; users: files that include a
	// header of the fix, directly or not.
	static Result<SourceView> make(const std::string &tree, const std::string &folder,
				       const FixedSource &fixed,
				       const std::set<std::string> &users = {},
				       Lines lines = Lines::kept);

	const std::string &folder() const { return folder_; }

private:
	SourceView() = default;
	Result<> link(const std::string &tree, const std::set<std::string> &users);
	Result<> own_folder(const std::string &tree, const std::string &file);
	Result<> write(const std::string &file, const FixedFile &fixed, Lines lines);

	std::string folder_;
};

// Returns the text of a file that a fix may create or remove; "" where it isn't there.
Result<std::string> text_if_there(const std::string &path);

}
