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

// Appends what the file holds; container is a string or a vector of bytes.
template <class Container>
static Result<> read_into(const std::string &path, Container &contents, size_t limit)
{
	UniqueFd fd = TRY(open_file(path, O_RDONLY));
	size_t used = 0;
	// Large reads: a seq_file such as kallsyms starts each read(2) by searching
	// for its position again.
	contents.resize(64 * 1024);
	for (;;) {
		if (used == contents.size())
			contents.resize(contents.size() * 2);
		ssize_t got = read(fd.get(), contents.data() + used, contents.size() - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(errno, "cannot read '%s': %s", path.c_str(), strerror(errno));
		if (got == 0)
			break;
		used += got;
		if (used > limit)
			return fail(EFBIG, "'%s' is larger than %zu bytes", path.c_str(), limit);
	}
	contents.resize(used);
	return {};
}

Result<std::string> read_text(const std::string &path)
{
	std::string text;
	TRY(read_into(path, text, SIZE_MAX));
	return text;
}

Result<std::string> read_line(const std::string &path)
{
	std::string text = TRY(read_text(path));
	text.resize(std::min(text.size(), text.find('\n')));
	return text;
}

Result<std::vector<std::byte>> read_bytes(const std::string &path, size_t limit)
{
	std::vector<std::byte> bytes;
	TRY(read_into(path, bytes, limit));
	return bytes;
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
