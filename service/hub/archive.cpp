// SPDX-License-Identifier: LGPL-2.1-or-later
#include "archive.hpp"
#include "../../cli/joined.hpp"
#include "../../libklp/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace klp::hub {

using tuf::Checked;
using tuf::FaultKind;

namespace {

// A colon in the name of an archive stands for another machine otherwise.
constexpr const char *local = "--force-local";

// tar is in each Debian, and people know what to do with its files.
Checked<> run_tar(std::vector<std::string> words)
{
	words.insert(words.begin(), "tar");
	std::vector<char *> arguments;
	for (std::string &word : words)
		arguments.push_back(word.data());
	arguments.push_back(nullptr);
	pid_t pid;
	int error = posix_spawnp(&pid, "tar", nullptr, nullptr, arguments.data(), environ);
	if (error != 0)
		return tuf::refuse(FaultKind::local, "cannot run tar: %s", strerror(error));
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return tuf::refuse(FaultKind::local, "cannot wait for tar: %s",
					   strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return tuf::refuse(FaultKind::local, "'%s' failed", joined(words, " ").c_str());
	return {};
}

Checked<> sync_and_rename(const std::string &from, const std::string &to)
{
	UniqueFd fd = TRY(open_file(from, O_RDONLY));
	if (fsync(fd.get()) != 0 ||
	    renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0)
		return tuf::refuse(FaultKind::local, "cannot write '%s': %s", to.c_str(),
				   strerror(errno));
	return {};
}

}

Checked<> pack(const std::string &archive, const std::string &folder,
	       const std::vector<std::string> &paths)
{
	if (exists(archive))
		return tuf::refuse(FaultKind::local, "'%s' is there", archive.c_str());
	std::string part = archive + ".part", names = archive + ".names";
	mode_t mask = umask(077);
	Result<UniqueFd> list = open_file(names, O_WRONLY | O_CREAT | O_TRUNC);
	Result<> written;
	if (list)
		written = write_text(names, joined(paths, "\n") + "\n");
	Checked<> packed;
	if (list && written)
		packed = run_tar({local, "-C", folder, "--no-recursion", "-cf", part,
				  "--verbatim-files-from", "-T", names});
	umask(mask);
	unlink(names.c_str());
	if (!list)
		return std::unexpected(tuf::Fault(list.error()));
	if (!written)
		return std::unexpected(tuf::Fault(written.error()));
	TRY(std::move(packed));
	return sync_and_rename(part, archive);
}

Checked<> unpack(const std::string &archive, const std::string &folder)
{
	return run_tar({local, "-C", folder, "-xf", archive});
}

}
