// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source_file.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

namespace klp {

static constexpr size_t most_bytes = 64 << 20;

static std::string name_of_path(const std::string &path)
{
	size_t slash = path.rfind('/');
	return slash == std::string::npos ? path : path.substr(slash + 1);
}

// Opens the folder of a file; none if a folder on the path does not exist.
static Result<UniqueFd> folder_of(const std::string &folder, const std::string &path)
{
	UniqueFd fd = TRY(open_file(folder, O_RDONLY | O_DIRECTORY));
	size_t at = 0;
	for (size_t slash; fd && (slash = path.find('/', at)) != std::string::npos;
	     at = slash + 1) {
		std::string part = path.substr(at, slash - at);
		UniqueFd below(openat(fd.get(), part.c_str(),
				      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
		if (!below && (errno == ENOTDIR || errno == ELOOP))
			return fail(EBADMSG, "'%s': '%s' is no folder, but a file or a link",
				    path.c_str(), path.substr(0, slash).c_str());
		if (!below && errno != ENOENT)
			return fail(errno, "cannot open '%s/%s': %s", folder.c_str(),
				    path.substr(0, slash).c_str(), strerror(errno));
		fd = std::move(below);
	}
	return fd;
}

Result<std::optional<std::string>> read_below(const std::string &folder, const std::string &path)
{
	UniqueFd parent = TRY(folder_of(folder, path));
	if (!parent)
		return std::nullopt;
	// An open of a FIFO would wait for a writer.
	UniqueFd fd(openat(parent.get(), name_of_path(path).c_str(),
			   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
	if (!fd && errno == ENOENT)
		return std::nullopt;
	struct stat status = {};
	bool regular = fd && fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode);
	if ((!fd && errno == ELOOP) || (fd && !regular))
		return fail(EBADMSG, "'%s' is no regular file", path.c_str());
	if (!fd)
		return fail(errno, "cannot open '%s/%s': %s", folder.c_str(), path.c_str(),
			    strerror(errno));
	if (static_cast<size_t>(status.st_size) > most_bytes)
		return fail(EFBIG, "'%s' has %lld bytes, more than any source", path.c_str(),
			    static_cast<long long>(status.st_size));
	std::string text(status.st_size, '\0');
	for (size_t used = 0; used < text.size();) {
		ssize_t got = read(fd.get(), text.data() + used, text.size() - used);
		if (got <= 0)
			return fail(got < 0 ? errno : EIO, "cannot read '%s/%s'", folder.c_str(),
				    path.c_str());
		used += got;
	}
	return text;
}

Result<> write_below(const std::string &folder, const std::string &path, const std::string &text)
{
	UniqueFd parent = TRY(folder_of(folder, path));
	UniqueFd fd(parent ? openat(parent.get(), name_of_path(path).c_str(),
				    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)
			   : -1);
	if (!fd)
		return fail(errno, "cannot make '%s/%s': %s", folder.c_str(), path.c_str(),
			    strerror(errno));
	for (size_t done = 0; done < text.size();) {
		ssize_t written = write(fd.get(), text.data() + done, text.size() - done);
		if (written < 0)
			return fail(errno, "cannot write '%s/%s': %s", folder.c_str(), path.c_str(),
				    strerror(errno));
		done += written;
	}
	return {};
}

}
