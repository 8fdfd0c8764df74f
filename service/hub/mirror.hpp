// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hub_folder.hpp"

namespace klp::hub {

// Adds to the repository of a hub's folder what a mirror has that is newer: roots, the metadata of
// the last timestamp, and the targets that it lists. Nobody vouches for the mirror: it is verified
// as by a client that trusts the folder's highest root and has seen its versions. Expiry does not
// matter, since the hub signs all again.
tuf::Checked<> add_mirror(const HubFolder &folder, const std::string &mirror);

}
