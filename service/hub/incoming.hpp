// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hub_folder.hpp"

namespace klp::hub {

// Removes payloads that no upload needs any more, by the time at which each was sent last: those
// that are published after an hour, since the upload of another publisher who has the same bytes
// may be under way; all others after 30 days, for which a draft may wait for a second signature.
// Nobody else changes the folder meanwhile.
tuf::Checked<> clear_incoming(const HubFolder &folder, int64_t now);

}
