// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output_file.hpp"
#include "try.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace klp {

static std::unexpected<Error> cannot_write(const std::string &path, int error)
{
	return fail(error, "cannot write '%s': %s", path.c_str(), strerror(error));
}

OutputFile::OutputFile(std::string path, std::string part, UniqueFd fd)
    : path_(std::move(path)), part_(std::move(part)), fd_(std::move(fd))
{
}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : path_(std::move(other.path_)),
      part_(std::exchange(other.part_, "")),
      fd_(std::move(other.fd_))
{
}

OutputFile::~OutputFile()
{
	if (!part_.empty())
		unlink(part_.c_str());
}

// rename(2) would replace a device with the file, and would report a folder as an error only at the
// end.
static Result<> check_place(const std::string &path)
{
	struct stat there;
	if (stat(path.c_str(), &there) != 0)
		return {};
	if (S_ISDIR(there.st_mode))
		return fail(EISDIR, "cannot write '%s': it is a folder; name the file in it",
			    path.c_str());
	if (!S_ISREG(there.st_mode))
		return fail(EINVAL, "cannot write '%s': it is no regular file", path.c_str());
	return {};
}

static mode_t mode_of_new_files()
{
	mode_t mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

Result<OutputFile> OutputFile::make(const std::string &path)
{
	TRY(check_place(path));
	// A new name each time, and O_EXCL: klp-build opens no file that another user put there.
	std::string part = path + ".XXXXXX";
	UniqueFd fd(mkostemp(part.data(), O_CLOEXEC));
	if (!fd)
		return cannot_write(path, errno);
	OutputFile file(path, part, std::move(fd));
	if (fchmod(file.fd_.get(), mode_of_new_files()) != 0)
		return cannot_write(path, errno);
	return file;
}

Result<> OutputFile::check(const std::string &path)
{
	OutputFile file = TRY(make(path));
	return {};
}

Result<> OutputFile::write(std::span<const std::byte> bytes)
{
	while (!bytes.empty()) {
		ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return cannot_write(path_, errno);
		bytes = bytes.subspan(written);
	}
	return {};
}

Result<> OutputFile::publish()
{
	if (fsync(fd_.get()) != 0 || rename(part_.c_str(), path_.c_str()) != 0)
		return cannot_write(path_, errno);
	part_.clear();
	return {};
}

}
