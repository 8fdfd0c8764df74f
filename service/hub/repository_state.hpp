// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/repository_writer.hpp"

namespace klp::hub {

// The files of metadata of one instant, by role: "root" and "timestamp" among them.
using RepositoryState = std::map<std::string, std::string>;

// What readers see now; empty before the first publication.
tuf::Checked<RepositoryState> read_state(const tuf::RepositoryWriter &writer);

// Refuses a state that lacks a role of publishers.
tuf::Checked<> check_is_whole(const RepositoryState &state);

// Reads and verifies after as a client does that has before, to its last role. Refuses whatever
// such a client refuses, but for what before has, too, and has expired; and the id of a key that is
// not its hash. now is in seconds since
// 1970, UTC.
tuf::Checked<std::map<std::string, tuf::Targets>>
verify_state(const RepositoryState &before, const RepositoryState &after, int64_t now);

// A role's content without a look at its signatures, for files that were verified before.
tuf::Checked<tuf::Targets> targets_in(const RepositoryState &state, const std::string &role);
tuf::Checked<int64_t> version_in(const RepositoryState &state, const std::string &role); // or 0

}
