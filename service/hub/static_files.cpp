// SPDX-License-Identifier: LGPL-2.1-or-later
#include "static_files.hpp"
#include "../../libklp/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace klp::hub {

Result<StaticFiles> StaticFiles::open(const std::string &folder)
{
	UniqueFd fd = TRY(open_file(folder, O_PATH | O_DIRECTORY));
	return StaticFiles(std::move(fd));
}

static bool is_safe(std::string_view path)
{
	while (true) {
		size_t end = path.find('/');
		if (!protocol::is_component(path.substr(0, end)))
			return false;
		if (end == std::string_view::npos)
			return true;
		path.remove_prefix(end + 1);
	}
}

// The kernel keeps the walk below the folder. O_NONBLOCK: a FIFO makes nobody wait.
static int open_below(int folder, const std::string &path)
{
	open_how how = {};
	how.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
	return static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof(how)));
}

// ENXIO is a socket's. All other errors are the hub's own: a client of The Update Framework takes
// "not found" for "there is no newer root", so a hub without descriptors may not say it.
static bool says_absent(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EXDEV:
	case ENAMETOOLONG:
	case ENXIO:
		return true;
	default:
		return false;
	}
}

// timestamp.json alone changes; a reader has to see each new one at once.
static const char *cache_control_of(const std::string &path)
{
	return path == "metadata/timestamp.json" ? "no-cache"
						 : "public, max-age=31536000, immutable";
}

static Answer absent()
{
	return problem(protocol::ProblemKind::not_found, "the repository has no such file");
}

Result<Answer> StaticFiles::get(const std::string &path) const
{
	if (!is_safe(path))
		return absent();
	UniqueFd fd(open_below(folder_.get(), path));
	struct stat facts = {};
	if (!fd && says_absent(errno))
		return absent();
	if (!fd || fstat(fd.get(), &facts) != 0)
		return fail(errno, "cannot open '%s': %s", path.c_str(), strerror(errno));
	if (!S_ISREG(facts.st_mode))
		return absent();
	const char *type =
		path.ends_with(".json") ? "application/json" : "application/octet-stream";
	return Answer{200, type, FileBody{std::move(fd), static_cast<uint64_t>(facts.st_size)},
		      cache_control_of(path)};
}

}
