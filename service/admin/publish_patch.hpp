// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "patch_reading.hpp"
#include "session.hpp"

namespace klp::admin {

// Adds the module as the next version of its kernel to the change: the target, and its approval in
// the kernel's document. Refuses what releases must not have: see succession.hpp. version is the
// one that the publisher means, or 0 for the next. cves are those that it fixes beyond the version
// before; of a replacement, which may have fewer fixes, all that it fixes. The version of the
// result.
struct PatchWords {
	int64_t version = 0;
	std::vector<std::string> cves, tiers;
	int64_t covered_until = 0; // for a kernel that is new here
};
Checked<int64_t> add_patch(Session *session, Session::Change *change, PatchToPublish patch,
			   const PatchWords &words, const protocol::IsReplacement &is_replacement);

}
