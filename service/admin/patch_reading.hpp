// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/patch_facts.hpp"

namespace klp::admin {

// A module for publication.
struct PatchToPublish {
	std::string name; // of the module
	protocol::KernelId kernel;
	protocol::PatchFacts facts; // version is 0 yet
	std::string bytes; // of the file as it is
	std::vector<std::string> cves; // that the module says it fixes
};

// Reads a livepatch with libklp. Refuses, as mixed: what is no livepatch for x86-64; one that names
// another kernel, or builds of its targets not at all; one whose functions cannot be read, whose
// label cannot be read, or that does not replace all others. An empty release or build id is the
// one that the module names.
tuf::Checked<PatchToPublish> read_patch(const std::string &path, const std::string &release,
					const std::string &build_id);

}
