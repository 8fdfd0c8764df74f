// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace klp::agent {

// The facts at the end of a round; all times in seconds.
struct RoundEnd {
	std::optional<int64_t> owners_interval; // agent.conf's
	int64_t hubs_interval;
	int64_t failures; // rounds in a row that did not reach the hub, this one included
	int64_t retry_after; // that the hub asked for; 0 for none
	uint32_t random; // evenly distributed
};

// The seconds to the next round: the owner's interval, else the hub's, within limits of the
// agent's own, so that no hub silences a machine; more of it after each failure; a fifth more or
// less, so that a fleet does not come at once. Never before Retry-After, for which there is a
// limit, too.
int64_t seconds_to_next_round(const RoundEnd &end);

constexpr int64_t most_hub_interval = 6 * 3600, most_retry_after = 24 * 3600;

}
