// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../../libklp/try.hpp"
#include "answer.hpp"

namespace klp::hub {

// The repository's files, for anybody, as any web server would serve them. Safe for several
// threads.
class StaticFiles {
public:
	// ENOENT, EACCES: the folder is needed from the beginning.
	static Result<StaticFiles> open(const std::string &folder);

	// path is below the folder, "metadata/1.root.json". Each of its parts is a component, so
	// that no part is "..", is hidden, or is escaped; no link is followed. not-found for
	// any other path, and for all that is no regular file. EMFILE, EIO, EACCES and so on
	// where the hub cannot open a file that may be there.
	Result<Answer> get(const std::string &path) const;

private:
	explicit StaticFiles(UniqueFd folder) : folder_(std::move(folder)) {}

	UniqueFd folder_;
};

}
