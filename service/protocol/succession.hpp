// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules on what may follow a version of a livepatch.
#pragma once

#include "../tuf/metadata.hpp"
#include "patch_facts.hpp"

#include <functional>

namespace klp::protocol {

// A patch as the role releases lists it.
struct Release {
	std::string path;
	KernelId kernel; // that of the path
	std::string sha256;
	int64_t length; // bytes
	PatchFacts facts;
};

// By kernel and version, ascending. Refuses a patch whose path or facts are malformed, and two of
// one version.
Checked<std::vector<Release>> releases_of(const tuf::Targets &releases);

// The highest version for the kernel; null before the first.
const Release *latest_release(const std::vector<Release> &releases, const KernelId &kernel);
const Release *release_of_version(const std::vector<Release> &releases, const KernelId &kernel,
				  int64_t version);

// A version may lack functions of the one before if a recall replaces that by it.
using IsReplacement = std::function<bool(const KernelId &, int64_t version)>;

// Refuses, as mixed: a version of before that is gone or has other bytes; a new version that is not
// the next of its kernel; one that is not cumulative, function by function.
Checked<> check_succession(const std::vector<Release> &before, const std::vector<Release> &after,
			   const IsReplacement &is_replacement);

}
