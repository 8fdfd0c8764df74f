// SPDX-License-Identifier: LGPL-2.1-or-later
#include "work_folder.hpp"
#include "../libklp/fail.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace klp {

Result<WorkFolder> WorkFolder::make()
{
	const char *base = getenv("TMPDIR");
	std::string pattern = std::string(base ? base : "/tmp") + "/klp-build.XXXXXX";
	if (!mkdtemp(pattern.data()))
		return fail(errno, "cannot make a folder like '%s': %s", pattern.c_str(),
			    strerror(errno));
	return WorkFolder(pattern);
}

WorkFolder::WorkFolder(WorkFolder &&other) noexcept
    : path_(std::exchange(other.path_, "")), kept_(other.kept_)
{
}

WorkFolder::~WorkFolder()
{
	std::error_code error;
	if (!path_.empty() && !kept_)
		std::filesystem::remove_all(path_, error);
}

}
