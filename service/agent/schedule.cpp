// SPDX-License-Identifier: LGPL-2.1-or-later
#include "schedule.hpp"
#include "../protocol/attach.hpp"

#include <algorithm>

namespace klp::agent {

// After the first failure a minute, then twice as long each time, up to the interval.
static int64_t interval_of(const RoundEnd &end)
{
	int64_t interval = end.owners_interval.value_or(
		std::clamp(end.hubs_interval, protocol::least_interval, most_hub_interval));
	if (end.failures == 0)
		return interval;
	int64_t back_off = protocol::least_interval << std::min<int64_t>(end.failures - 1, 20);
	return std::min(back_off, interval);
}

int64_t seconds_to_next_round(const RoundEnd &end)
{
	int64_t interval = interval_of(end);
	int64_t fifth = interval / 5;
	int64_t jitter = static_cast<int64_t>(end.random) * (2 * fifth + 1) >> 32; // 0 to 2 fifths
	return std::max(interval - fifth + jitter, std::min(end.retry_after, most_retry_after));
}

}
