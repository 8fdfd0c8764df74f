// SPDX-License-Identifier: LGPL-2.1-or-later
#include "whole_folder.hpp"
#include "../../libklp/file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

namespace klp::tuf {

static Result<> rename_new(const std::string &from, const std::string &to)
{
	if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0)
		return fail(errno, "cannot make '%s': %s", to.c_str(), strerror(errno));
	std::string parent = std::filesystem::absolute(to).parent_path();
	UniqueFd folder = TRY(open_file(parent, O_RDONLY | O_DIRECTORY));
	if (fsync(folder.get()) != 0)
		return fail(errno, "cannot sync '%s': %s", parent.c_str(), strerror(errno));
	return {};
}

Checked<> make_whole_folder(const std::string &given,
			    const std::function<Checked<>(const std::string &)> &fill)
{
	std::string path = given;
	while (path.size() > 1 && path.ends_with('/'))
		path.pop_back();
	if (exists(path))
		return refuse(FaultKind::local, "'%s' is there", path.c_str());
	std::string unfinished = path + ".unfinished";
	mode_t mask = umask(077);
	int made = mkdir(unfinished.c_str(), 0700);
	int error = errno;
	Checked<> done = refuse(FaultKind::local, "cannot make '%s': %s", unfinished.c_str(),
				strerror(error));
	if (made == 0)
		done = fill(unfinished);
	umask(mask);
	if (!done)
		return done;
	TRY(rename_new(unfinished, path));
	return {};
}

}
