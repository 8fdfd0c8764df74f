// SPDX-License-Identifier: LGPL-2.1-or-later
#include "refused.hpp"

namespace klp::protocol {

using nlohmann::json;

Checked<Refused> refused_of(const Fields &fields)
{
	TRY(check_known(fields, {"version", "why", "reason"}));
	int64_t version = TRY(version_of(fields, "version"));
	Refusal why = TRY(word<Refusal>(fields, "why", refusal_words));
	std::string reason = TRY(line(fields, "reason"));
	return Refused{version, why, std::move(reason)};
}

json to_json(const std::vector<Refused> &refused)
{
	json list = json::array();
	for (const Refused &offer : refused)
		list.push_back({{"version", offer.version},
				{"why", refusal_words[static_cast<size_t>(offer.why)]},
				{"reason", offer.reason}});
	return list;
}

}
