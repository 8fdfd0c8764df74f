// SPDX-License-Identifier: LGPL-2.1-or-later
#include "file.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>

namespace klp {

Result<UniqueFd> open_file(const std::string &path, int flags)
{
	UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC, 0600));
	if (!fd)
		return fail(errno, "cannot open '%s': %s", path.c_str(), strerror(errno));
	return fd;
}

// Reads up to the end, or up to room bytes. One read(2) of a seq_file such as kallsyms returns
// about a page, whatever its size argument.
static Result<size_t> read_up_to(int fd, const std::string &path, void *buffer, size_t room)
{
	size_t used = 0;
	while (used < room) {
		ssize_t got = read(fd, static_cast<char *>(buffer) + used, room - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(errno, "cannot read '%s': %s", path.c_str(), strerror(errno));
		if (got == 0)
			break;
		used += got;
	}
	return used;
}

// The size that the file reports, plus one byte to meet its end; procfs reports 0.
static size_t expected_size(int fd)
{
	struct stat status;
	if (fstat(fd, &status) != 0 || status.st_size <= 0)
		return 64 * 1024;
	return std::min<size_t>(status.st_size, 256 << 20) + 1;
}

Result<std::string> read_text(const std::string &path)
{
	UniqueFd fd = TRY(open_file(path, O_RDONLY));
	std::string text;
	size_t used = 0, room = expected_size(fd.get());
	for (;;) {
		Result<size_t> got = 0;
		// resize() would write zeros first, megabytes of them.
		text.resize_and_overwrite(room, [&](char *buffer, size_t size) {
			got = read_up_to(fd.get(), path, buffer + used, size - used);
			return used + got.value_or(0);
		});
		if (!got)
			return std::unexpected(got.error());
		used += *got;
		if (used < room)
			return text;
		room *= 2;
	}
}

Result<std::vector<std::byte>> read_bytes(const std::string &path, size_t limit)
{
	UniqueFd fd = TRY(open_file(path, O_RDONLY));
	return read_bytes(fd.get(), path, limit);
}

Result<std::vector<std::byte>> read_bytes(int fd, const std::string &path, size_t limit)
{
	std::vector<std::byte> bytes(std::min(expected_size(fd), limit + 1));
	size_t used = 0;
	for (;;) {
		size_t got = TRY(read_up_to(fd, path, bytes.data() + used, bytes.size() - used));
		used += got;
		if (used > limit)
			return fail(EFBIG, "'%s' is larger than %zu bytes", path.c_str(), limit);
		if (used < bytes.size())
			break;
		bytes.resize(std::min(bytes.size() * 2, limit + 1));
	}
	bytes.resize(used);
	return bytes;
}

Result<std::string> read_line(const std::string &path)
{
	std::string text = TRY(read_text(path));
	text.resize(std::min(text.size(), text.find('\n')));
	return text;
}

Result<> write_text(const std::string &path, const std::string &text)
{
	UniqueFd fd = TRY(open_file(path, O_WRONLY));
	ssize_t written = write(fd.get(), text.data(), text.size());
	if (written < 0)
		return fail(errno, "cannot write '%s' to '%s': %s", text.c_str(), path.c_str(),
			    strerror(errno));
	if (static_cast<size_t>(written) != text.size())
		return fail(EIO, "only %zd of %zu bytes were written to '%s'", written, text.size(),
			    path.c_str());
	return {};
}

Result<std::vector<std::string>> list_folder(const std::string &path)
{
	std::unique_ptr<DIR, int (*)(DIR *)> folder(opendir(path.c_str()), closedir);
	if (!folder)
		return fail(errno, "cannot list '%s': %s", path.c_str(), strerror(errno));
	std::vector<std::string> names;
	errno = 0;
	while (const dirent *entry = readdir(folder.get())) {
		std::string name = entry->d_name;
		if (name != "." && name != "..")
			names.push_back(std::move(name));
	}
	if (errno != 0)
		return fail(errno, "cannot list '%s': %s", path.c_str(), strerror(errno));
	std::ranges::sort(names);
	return names;
}

bool exists(const std::string &path)
{
	struct stat status;
	return stat(path.c_str(), &status) == 0;
}

}
