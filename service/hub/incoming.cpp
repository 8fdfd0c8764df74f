// SPDX-License-Identifier: LGPL-2.1-or-later
#include "incoming.hpp"
#include "../../libklp/file.hpp"
#include "../protocol/names.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace klp::hub {

using tuf::Checked;
using tuf::FaultKind;

namespace {

constexpr int64_t kept_published = 3600, kept_unpublished = 30 * 24 * 3600; // seconds
constexpr size_t hash_size = 64; // characters

// A target's file is HASH.NAME.
Checked<std::set<std::string>> published_hashes(const std::string &targets)
{
	std::set<std::string> hashes;
	std::error_code error;
	std::filesystem::recursive_directory_iterator entry(targets, error), end;
	for (; !error && entry != end; entry.increment(error)) {
		std::string name = entry->path().filename();
		if (name.size() > hash_size && name[hash_size] == '.')
			hashes.insert(name.substr(0, hash_size));
	}
	if (error)
		return tuf::refuse(FaultKind::local, "cannot list '%s': %s", targets.c_str(),
				   error.message().c_str());
	return hashes;
}

bool is_hash(const std::string &name)
{
	return name.size() == hash_size && protocol::is_lower_hexadecimal(name);
}

}

Checked<> clear_incoming(const HubFolder &folder, int64_t now)
{
	std::vector<std::string> names = TRY(list_folder(folder.incoming()));
	std::erase_if(names, [](const std::string &name) { return !is_hash(name); });
	if (names.empty())
		return {};
	std::set<std::string> published = TRY(published_hashes(folder.repository() + "/targets"));
	for (const std::string &name : names) {
		std::string path = folder.incoming() + "/" + name;
		struct stat facts;
		if (stat(path.c_str(), &facts) != 0)
			return tuf::refuse(FaultKind::local, "cannot look at '%s': %s",
					   path.c_str(), strerror(errno));
		int64_t age = now - facts.st_mtime;
		if (age < (published.contains(name) ? kept_published : kept_unpublished))
			continue;
		if (unlink(path.c_str()) != 0)
			return tuf::refuse(FaultKind::local, "cannot remove '%s': %s", path.c_str(),
					   strerror(errno));
	}
	return {};
}

}
