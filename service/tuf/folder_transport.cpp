// SPDX-License-Identifier: LGPL-2.1-or-later
#include "folder_transport.hpp"
#include "../../libklp/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace klp::tuf {

static constexpr std::string_view scheme = "folder:";

Checked<FolderTransport> FolderTransport::open(const std::string &path)
{
	UniqueFd fd = TRY(open_file(path, O_PATH | O_DIRECTORY));
	return FolderTransport(std::move(fd));
}

Checked<std::string> FolderTransport::fetch(const std::string &url, size_t limit)
{
	if (!url.starts_with(scheme))
		return refuse(FaultKind::unreachable, "%s: is no URL of a folder", url.c_str());
	open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
			.mode = 0,
			.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	UniqueFd fd(
		syscall(SYS_openat2, fd_.get(), url.c_str() + scheme.size(), &how, sizeof(how)));
	if (!fd)
		return refuse(errno == ENOENT || errno == ENOTDIR ? FaultKind::absent
								  : FaultKind::unreachable,
			      "%s: %s", url.c_str(), strerror(errno));
	struct stat status;
	if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
		return refuse(FaultKind::unreachable, "%s: is no regular file", url.c_str());
	Result<std::vector<std::byte>> bytes = read_bytes(fd.get(), url, limit);
	if (!bytes && bytes.error().code == EFBIG)
		return refuse(FaultKind::endless, "%s: has more than %zu bytes", url.c_str(),
			      limit);
	if (!bytes)
		return std::unexpected(Fault(bytes.error()));
	return std::string(reinterpret_cast<const char *>(bytes->data()), bytes->size());
}

}
