// SPDX-License-Identifier: LGPL-2.1-or-later
// The roles of a repository of livepatches: their paths are disjoint, so that each path has one
// authority, and an ordinary client of The Update Framework reads it.
#pragma once

#include "../tuf/repository_writer.hpp"
#include "strict.hpp"

namespace klp::protocol {

struct DelegatedPaths {
	const char *role;
	std::vector<std::string> paths;
};
// releases, recalls and tiers, all terminating.
const std::vector<DelegatedPaths> &delegated_paths();

// How long a file of the role is good, in seconds.
int64_t lifetime_of(std::string_view role);

// Refuses, as mixed, delegations of the top-level targets that are not those above.
Checked<> check_delegations(const tuf::Targets &top);

std::string patch_path(const KernelId &kernel, const std::string &name); // of the module
std::string kernel_path(const KernelId &kernel);
std::string recalls_path(const KernelId &kernel);
std::string offers_path(const std::string &tier, const KernelId &kernel);
std::string notice_path(const std::string &id);

// The kernel of "patches/RELEASE/BUILDID/NAME.ko"; nothing for another path.
std::optional<KernelId> kernel_of_patch(std::string_view path);

// Refuses a document that is not the one of its path: of another kernel, tier or id, or at a path
// that no document has. A module has no document.
Checked<> check_document(const std::string &path, std::string_view bytes);

}
