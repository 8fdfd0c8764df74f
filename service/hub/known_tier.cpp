// SPDX-License-Identifier: LGPL-2.1-or-later
#include "known_tier.hpp"
#include "../store/tiers.hpp"

#include <algorithm>

namespace klp::hub {

Result<std::optional<Answer>> refusal_of_tier(store::Database &database, const std::string &tier)
{
	std::vector<std::string> tiers = TRY(store::tiers(database));
	if (std::ranges::find(tiers, tier) != tiers.end())
		return std::nullopt;
	return problem(protocol::ProblemKind::not_found,
		       "there is no tier '" + tier + "'; see 'klp-admin tier list'");
}

}
