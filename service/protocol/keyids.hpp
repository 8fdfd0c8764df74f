// SPDX-License-Identifier: LGPL-2.1-or-later
// In a repository of livepatches the id of a key is the hash of the key: people compare ids, so
// that an id must not stand for another key. The specification of The Update Framework leaves ids
// free.
#pragma once

#include "../tuf/signed_file.hpp"

namespace klp::protocol {

// The SHA-256 of a key as metadata states it.
std::string keyid_of(const nlohmann::json &key);

// Refuses, as mixed, metadata that lists a key under another id, in a root or in delegations.
tuf::Checked<> check_keyids(const tuf::SignedFile &file);

}
