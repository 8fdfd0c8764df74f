// SPDX-License-Identifier: LGPL-2.1-or-later
#include "durable_folder.hpp"
#include "../../libklp/file.hpp"
#include "../../libklp/try.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace klp::tuf {

std::unexpected<Error> DurableFolder::failed(const char *verb, const std::string &name) const
{
	int error = errno;
	return fail(error, "cannot %s '%s/%s': %s", verb, path_.c_str(), name.c_str(),
		    strerror(error));
}

Result<DurableFolder> DurableFolder::open(const std::string &path)
{
	if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
		return fail(errno, "cannot make '%s': %s", path.c_str(), strerror(errno));
	UniqueFd fd = TRY(open_file(path, O_RDONLY | O_DIRECTORY));
	if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK
			       ? fail(EBUSY, "'%s' is in use by another process", path.c_str())
			       : fail(errno, "cannot lock '%s': %s", path.c_str(), strerror(errno));
	DurableFolder folder(path, std::move(fd));
	TRY(folder.remove_part()); // of a process that died in a write
	return folder;
}

Result<> DurableFolder::remove_part()
{
	if (unlinkat(fd_.get(), part_name, 0) != 0 && errno != ENOENT)
		return failed("remove", part_name);
	return {};
}

// O_NONBLOCK: a FIFO of that name makes nobody wait.
Result<std::optional<std::string>> DurableFolder::read(const std::string &name, size_t limit) const
{
	constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	UniqueFd fd(openat(fd_.get(), name.c_str(), flags));
	if (!fd && errno == ENOENT)
		return std::nullopt;
	if (!fd)
		return failed("open", name);
	std::vector<std::byte> bytes = TRY(read_bytes(fd.get(), path_ + "/" + name, limit));
	return std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

Result<> DurableFolder::write_part(const std::string &name, std::string_view bytes)
{
	TRY(remove_part());
	UniqueFd fd(openat(fd_.get(), part_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
	if (!fd)
		return failed("write", name);
	while (!bytes.empty()) {
		ssize_t written = write(fd.get(), bytes.data(), bytes.size());
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return failed("write", name);
		bytes.remove_prefix(written);
	}
	if (fsync(fd.get()) != 0)
		return failed("sync", name);
	return {};
}

Result<> DurableFolder::sync()
{
	if (fsync(fd_.get()) != 0)
		return fail(errno, "cannot sync '%s': %s", path_.c_str(), strerror(errno));
	return {};
}

// After a failure the part goes, too; what that removal fails with is less than the first failure.
Result<> DurableFolder::replace(const std::string &name, std::string_view bytes)
{
	Result<> done = write_part(name, bytes);
	if (done && renameat(fd_.get(), part_name, fd_.get(), name.c_str()) != 0)
		done = failed("write", name);
	if (!done) {
		(void)remove_part();
		return done;
	}
	return sync();
}

Result<> DurableFolder::create(const std::string &name, std::string_view bytes)
{
	Result<> done = write_part(name, bytes);
	if (done && linkat(fd_.get(), part_name, fd_.get(), name.c_str(), 0) != 0)
		done = failed("make", name);
	if (!done) {
		(void)remove_part();
		return done;
	}
	TRY(remove_part());
	return sync();
}

Result<std::vector<std::string>> DurableFolder::names() const
{
	return list_folder(path_);
}

}
