// SPDX-License-Identifier: LGPL-2.1-or-later
// The source after a fix, beside the prepared tree that it belongs to: a folder of links
// to that tree, in which only the files of the fix are files. Nothing is copied, the tree
// stays as it is, and several views of it may be used at once.
//
// A fix that adds a line moves all that follow, and with them every __LINE__ below. So
// where a hunk changes the number of lines, a #line directive behind it sets the count to
// what it was: what the compiler makes of unchanged code is then the same.
#pragma once

#include <klp/error.hpp>
#include <set>
#include <string>
#include <vector>

namespace klp {

class SourceView {
public:
	enum class Lines {
		kept, // as above
		as_they_are, // those of a kernel that was built with the fix
	};

	// tree: the prepared source; folder: a new one, for the view; users: files that include
	// a header of the fix, however far. EBADMSG when a patch does not apply, with what
	// patch(1) says.
	static Result<SourceView> make(const std::string &tree, const std::string &folder,
				       const std::vector<std::string> &patches,
				       const std::set<std::string> &users = {},
				       Lines lines = Lines::kept);

	const std::string &folder() const { return folder_; }
	// The files that the patches change, create or remove, relative and sorted.
	const std::vector<std::string> &files() const { return files_; }

private:
	SourceView() = default;
	Result<> link(const std::string &tree, const std::set<std::string> &users);
	Result<> own_folder(const std::string &tree, const std::string &file);
	Result<> apply(const std::string &tree, const std::vector<std::string> &patches);
	Result<> keep_line_numbers(const std::string &tree, const std::string &file) const;

	std::string folder_;
	std::vector<std::string> files_;
};

// Of a file that a patch may create or remove; "" where it isn't there.
Result<std::string> text_if_there(const std::string &path);

// The files of several patches, each once.
Result<std::vector<std::string>> files_of_patches(const std::vector<std::string> &patches);
// Files that a patch in unified format names, without their first folder (-p1). EBADMSG
// for one that leads out of the tree.
Result<std::vector<std::string>> files_of_patch(const std::string &text, const std::string &path);

// A changed stretch, as diff -U0 gives it: count lines from start, each from 1.
struct Hunk {
	size_t old_start, old_count, new_start, new_count;
};

// text with a #line directive behind each hunk that shifts what follows. None is put
// into a comment, or behind a line that goes on in the next.
std::string with_line_numbers(const std::string &text, const std::vector<Hunk> &hunks);

}
