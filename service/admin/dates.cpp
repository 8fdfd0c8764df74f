// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dates.hpp"
#include "../protocol/roles.hpp"

namespace klp::admin {

tuf::Checked<int64_t> time_of_date(const std::string &date)
{
	std::optional<int64_t> time = tuf::time_of(date + "T00:00:00Z");
	if (!time || date.size() != 10)
		return tuf::refuse(tuf::FaultKind::local,
				   "'%s' is not a day; expected YYYY-MM-DD, such as 2027-06-30",
				   date.c_str());
	return *time;
}

bool expires_soon(const std::string &role, int64_t expires, int64_t now)
{
	return expires - now < protocol::lifetime_of(role) / 4;
}

}
