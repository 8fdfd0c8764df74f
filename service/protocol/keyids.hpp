// SPDX-License-Identifier: LGPL-2.1-or-later
// In a repository of livepatches the id of a key is the hash of the key. People compare ids: a key
// under the id of another would deceive them. The Update Framework itself permits any id.
#pragma once

#include "../tuf/signed_file.hpp"

namespace klp::protocol {

// Refuses, as mixed, metadata that lists a key under another id, in a root or in delegations.
tuf::Checked<> check_keyids(const tuf::SignedFile &file);

}
