// SPDX-License-Identifier: LGPL-2.1-or-later
#include "issued.hpp"
#include "../tuf/metadata.hpp"

namespace klp::protocol {

constexpr const char *field = "issued";

void set_issued(nlohmann::json *timestamp, int64_t now)
{
	(*timestamp)[field] = tuf::time_text(now);
}

int64_t issued_of(const nlohmann::json &timestamp)
{
	auto issued = timestamp.find(field);
	if (issued == timestamp.end() || !issued->is_string())
		return 0;
	return tuf::time_of(issued->get<std::string>()).value_or(0);
}

}
