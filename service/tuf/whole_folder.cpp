// SPDX-License-Identifier: LGPL-2.1-or-later
#include "whole_folder.hpp"
#include "../../libklp/file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>

namespace klp::tuf {

static std::string parent_of(const std::string &path)
{
	return std::filesystem::absolute(path).parent_path();
}

static Result<> rename_new(const std::string &from, const std::string &to)
{
	if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0)
		return fail(errno, "cannot make '%s': %s", to.c_str(), strerror(errno));
	std::string parent = parent_of(to);
	UniqueFd folder = TRY(open_file(parent, O_RDONLY | O_DIRECTORY));
	if (fsync(folder.get()) != 0)
		return fail(errno, "cannot sync '%s': %s", parent.c_str(), strerror(errno));
	return {};
}

// Who makes a folder has its parent's lock until the folder is whole. So a folder that is
// unfinished while the lock is free belongs to a command that died.
static Checked<UniqueFd> lock_parent(const std::string &path)
{
	std::string parent = parent_of(path);
	UniqueFd folder = TRY(open_file(parent, O_RDONLY | O_DIRECTORY));
	if (flock(folder.get(), LOCK_EX | LOCK_NB) == 0)
		return folder;
	if (errno == EWOULDBLOCK)
		return refuse(FaultKind::local,
			      "another command makes a folder in '%s'; try again once it has ended",
			      parent.c_str());
	return refuse(FaultKind::local, "cannot lock '%s': %s", parent.c_str(), strerror(errno));
}

static Checked<> remove_unfinished(const std::string &unfinished)
{
	std::error_code error;
	std::filesystem::remove_all(unfinished, error);
	if (error)
		return refuse(FaultKind::local,
			      "cannot remove '%s', which a command left that "
			      "died: %s",
			      unfinished.c_str(), error.message().c_str());
	return {};
}

// The mask is the process's.
static Checked<> make_unfinished(const std::string &unfinished, const std::string &path,
				 const std::function<Checked<>(const std::string &)> &fill)
{
	mode_t mask = umask(077);
	int made = mkdir(unfinished.c_str(), 0700);
	int error = errno;
	Checked<> done;
	if (made == 0)
		done = fill(unfinished);
	umask(mask);
	if (made != 0)
		return refuse(FaultKind::local, "cannot make '%s': %s", unfinished.c_str(),
			      strerror(error));
	Result<> renamed = {};
	if (done)
		renamed = rename_new(unfinished, path);
	if (!renamed)
		done = std::unexpected(Fault(std::move(renamed).error()));
	// Private keys may be in it. The first failure is the one to tell.
	std::error_code ignored;
	if (!done)
		std::filesystem::remove_all(unfinished, ignored);
	return done;
}

Checked<> check_is_new(const std::string &path)
{
	if (exists(path))
		return refuse(FaultKind::local, "'%s' is there; choose another folder",
			      path.c_str());
	return {};
}

Checked<> make_whole_folder(const std::string &path,
			    const std::function<Checked<>(const std::string &)> &fill)
{
	std::string bare = path;
	while (bare.size() > 1 && bare.ends_with('/'))
		bare.pop_back();
	TRY(check_is_new(bare));
	std::string unfinished = bare + ".unfinished";
	UniqueFd lock = TRY(lock_parent(bare));
	TRY(remove_unfinished(unfinished));
	return make_unfinished(unfinished, bare, fill);
}

}
